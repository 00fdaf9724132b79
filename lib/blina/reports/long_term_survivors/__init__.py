"""Numbers, words and pictures of the report `long_term_survivors`."""
