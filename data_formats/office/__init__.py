"""Documents of word processors, as the text that is in them."""
