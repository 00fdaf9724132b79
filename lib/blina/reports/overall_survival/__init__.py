"""Numbers, words and pictures of the report `overall_survival`."""
