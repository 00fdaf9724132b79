"""Numbers, words and pictures of the report `mrd_response_and_survival`."""
