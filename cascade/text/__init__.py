"""Text: pieces, tokens, lines, sentences and windows."""
