"""Rows: what a model is trained on, and how it is kept in files."""
