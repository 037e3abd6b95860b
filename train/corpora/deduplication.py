"""Texts that are the same but for blanks and case, as corpora have them more than once, in training and test splits
too.
"""

from __future__ import annotations

from collections.abc import Iterable

from cascade.document import Document


def key(text: str) -> str:
    """The text as it is compared."""
    return " ".join(text.casefold().split())


def keys(documents: Iterable[Document]) -> set[str]:
    """The texts of documents as they are compared."""
    return {key(document.text) for document in documents}
