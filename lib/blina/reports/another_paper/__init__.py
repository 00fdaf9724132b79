"""Numbers, words and pictures of the pages of another paper, from what `blina reconstruct` wrote."""
