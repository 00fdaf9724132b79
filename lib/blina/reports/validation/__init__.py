"""Numbers, words and pictures of the report `validation`."""
