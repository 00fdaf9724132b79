"""From an executed notebook to one self-contained page, and the index over all pages."""
