"""All types that are marked in a document, as it says itself: its field `marked_types`, a list of names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cascade.document import Document
from cascade.errors import shown
from train.corpora.absent_types import ABSENT
from train.corpora.mixture_entry import MixtureError

LISTED = "marked_types"


def listed_for(document: Document, where: str) -> tuple[str, ...]:
    """The types that the document lists, none if it has no list.

    Raises MixtureError for another form, for a list that lacks a type of its entities, and for absent types beside a
    list, which says more.
    """
    names = (document.fields or {}).get(LISTED)
    if names is None:
        return ()
    if not names or not _are_names(names):  # none are left where all were renamed to null
        raise MixtureError(f"{where}: document {document.id!r}: {LISTED} {shown(names)}; expected a list of type names")
    if others := sorted({each.type for each in document.entities} - set(names)):
        raise MixtureError(
            f"{where}: document {document.id!r}: {shown(others[0])} is among its entities and not among its {LISTED}; "
            "expected all of its types there"
        )
    if (document.fields or {}).get(ABSENT):
        raise MixtureError(
            f"{where}: document {document.id!r} has {ABSENT} beside {LISTED}; expected one of them: types that are "
            f"among its {LISTED} and not among its entities are absent"
        )
    return tuple(dict.fromkeys(names))


def by_list(documents: Sequence[Document], where: str) -> dict[tuple[str, ...], list[Document]]:
    """The documents of each list of types, in order; those without one under the empty list."""
    lists: dict[tuple[str, ...], list[Document]] = {}
    for document in documents:
        lists.setdefault(listed_for(document, where), []).append(document)
    return lists


def without_list(documents: Sequence[Document]) -> list[Document]:
    """The documents that list no types."""
    return [document for document in documents if (document.fields or {}).get(LISTED) is None]


def with_other_names(document: Document, names: Mapping[str, str | None]) -> Document:
    """The document with types renamed in what it says of types; those renamed to None are dropped."""
    said: dict[str, Any] = {
        field: [new for old in value if (new := names.get(old, old)) is not None]
        for field, value in (document.fields or {}).items()
        if field in (LISTED, ABSENT) and _are_names(value)
    }
    return replace(document, fields={**(document.fields or {}), **said}) if said else document


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name for name in value)
