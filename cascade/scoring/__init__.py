"""Scoring: compares predicted entities with gold ones."""
