"""Carriers: for each language a file of templates, labels, words and formats."""
