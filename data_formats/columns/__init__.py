"""Files of columns: a token and its labels a line."""
