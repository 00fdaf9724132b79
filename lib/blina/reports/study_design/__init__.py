"""Numbers, words and pictures of the report `study_design`."""
