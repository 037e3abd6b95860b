"""Text: pieces, tokens, line breaks, sentences and windows."""
