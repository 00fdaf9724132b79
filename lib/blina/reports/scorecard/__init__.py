"""Numbers, words and pictures of the report `scorecard`."""
