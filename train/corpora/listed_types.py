"""All types that are marked in a document, as it says itself: its field `listed`, a list of names."""

from __future__ import annotations

from collections.abc import Sequence

from cascade.document import Document
from cascade.errors import shown
from train.corpora.mixture_entry import MixtureError

LISTED = "listed"


def listed_for(document: Document, where: str) -> tuple[str, ...]:
    """The types that the document lists, none if it has no list.

    Raises MixtureError for another form, and for a list that lacks a type of its entities.
    """
    names = (document.fields or {}).get(LISTED, [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise MixtureError(
            f"{where}: document {document.id!r}: listed {shown(names)}; expected a list of all types that are marked"
        )
    if names and (others := sorted({each.type for each in document.entities} - set(names))):
        raise MixtureError(
            f"{where}: document {document.id!r}: {shown(others[0])} is among its entities and not listed; expected both"
        )
    return tuple(dict.fromkeys(names))


def by_list(documents: Sequence[Document], where: str) -> dict[tuple[str, ...], list[Document]]:
    """The documents of each list of types, in order; those without one under the empty list."""
    lists: dict[tuple[str, ...], list[Document]] = {}
    for document in documents:
        lists.setdefault(listed_for(document, where), []).append(document)
    return lists
