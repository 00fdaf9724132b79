"""Numbers, words and pictures of the report `overview`."""
