"""Numbers, words and pictures of the report `historical_controls`."""
