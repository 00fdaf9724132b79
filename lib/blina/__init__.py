"""Helper package of the collection: statistics, reconstruction, figures, rendering.

Importing it imports nothing heavy; each subject is a module of its own.
"""

__version__ = "0.1.0"
