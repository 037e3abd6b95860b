"""Generators of typed values, one for each slot that a template may name."""
