"""The workshop: what only a maintainer runs, and nothing of the collection imports."""
