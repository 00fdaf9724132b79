"""Pictures, each drawn from one tidy table."""
