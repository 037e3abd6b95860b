"""Column files: one token and its labels a line."""
