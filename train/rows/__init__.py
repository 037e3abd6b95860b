"""Rows: what a model is trained on, and its form in files."""
