"""One folder a report, named as its notebook: `numbers`, `words`, `pictures`."""
