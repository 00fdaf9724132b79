"""One run: what is stale, jobs and their outcomes, publishing whole pages."""
