"""What other libraries call by their own names, on top of what `cascade` hands out."""
