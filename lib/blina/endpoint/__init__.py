"""What several reports share: the statistics of one endpoint, counts of response, survival by response."""
