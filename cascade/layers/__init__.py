"""Layers: what is put in the place of a base model's modules."""
