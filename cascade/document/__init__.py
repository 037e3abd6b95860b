"""Documents and their entities, and how they look: in a page, in a notebook, in a terminal."""

from cascade.document.values import Document, Entity

__all__ = ["Document", "Entity"]
