"""Numbers, words and pictures of the report `relapse_free_survival`."""
