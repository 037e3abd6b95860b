"""Files that are compressed, and files of other programs that hold no text."""
