"""A document that is not handed out: what it is called and why, without anything of its text."""

from __future__ import annotations

from collections.abc import Iterable

from cascade import Document
from cascade.errors import RedactionError
from cascade.integrations.redaction.leftovers import is_named_in


class Withheld(RedactionError):
    """Says that a document is withheld; `called` is its id, or "number 3" where the id holds what is found in it."""

    def __init__(self, message: str, called: str) -> None:
        super().__init__(message)
        self.called = called

    @classmethod
    def of(cls, document: Document, number: int, found: Iterable[tuple[int, int]], why: str) -> Withheld:
        """The error of a document, by its number from 1, and the places of what was found in its text."""
        if any(is_named_in(document.id, document.text[start:end]) for start, end in found):
            return cls(f"document number {number} is withheld: {why}", f"number {number}")
        return cls(f"document {document.id!r} is withheld: {why}", document.id)
