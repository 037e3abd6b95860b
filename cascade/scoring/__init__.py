"""Scoring: predicted entities against gold ones."""
