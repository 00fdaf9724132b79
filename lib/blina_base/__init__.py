"""The ground: errors of one line, atomic files, where things are, the connection to Dask."""
