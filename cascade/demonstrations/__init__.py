"""Demonstrations: labelled examples that stand in front of a text."""
