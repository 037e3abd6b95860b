"""Languages: codes, names, and identification of a text's language."""
