"""Texts written for training, with many kinds of marked spans, and the command that makes a corpus of them."""
