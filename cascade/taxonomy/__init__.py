"""Taxonomies: entity types in trees, and the files and values that they are read from."""

from cascade.taxonomy.tree import EntityType, Taxonomy

__all__ = ["EntityType", "Taxonomy"]
