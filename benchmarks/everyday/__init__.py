"""Texts and types of everyday use, written for this project, and the command that reads and scores them."""
