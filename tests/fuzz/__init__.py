"""Hostile and strange input for everything that reads: `python -m fuzz`, with this folder's parent on the path."""
