"""Trains both stages with ms-swift."""
