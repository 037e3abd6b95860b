"""Formats of annotation tools and of the trainers beside them, one file each."""
