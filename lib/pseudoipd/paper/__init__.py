"""A paper's printed numbers: arms and endpoints read, drawn, compared, written to files."""
