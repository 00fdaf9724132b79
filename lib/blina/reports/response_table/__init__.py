"""Numbers, words and pictures of the report `response_table`."""
