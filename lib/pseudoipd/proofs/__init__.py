"""Proofs that claims contradict one another, and the search for the smallest set that does."""
