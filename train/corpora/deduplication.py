"""Finds texts that differ only in blanks and case; corpora repeat texts, even between training and test splits."""

from __future__ import annotations

from collections.abc import Iterable

from cascade.document import Document


def key(text: str) -> str:
    """The form in which a text is compared."""
    return " ".join(text.casefold().split())


def keys(documents: Iterable[Document]) -> set[str]:
    """The forms in which the documents' texts are compared."""
    return {key(document.text) for document in documents}
