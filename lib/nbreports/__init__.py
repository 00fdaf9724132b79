"""Rendering: notebooks, which it knows as files, become pages that can be trusted."""
