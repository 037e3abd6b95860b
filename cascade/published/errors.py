"""The error of this room."""

from __future__ import annotations

from cascade.errors import CascadeError


class PublishedError(CascadeError):
    """A checkpoint, a prompt or an answer format of a published system cannot be used."""
