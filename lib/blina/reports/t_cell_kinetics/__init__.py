"""Numbers, words and pictures of the report `t_cell_kinetics`."""
