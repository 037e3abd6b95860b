"""Languages: their codes and names, and which one a text is in."""
