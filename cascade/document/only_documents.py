"""Refuses what is no document where documents are expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cascade.document.values import Document
from cascade.errors import DocumentError, shown


def only_documents(documents: Iterable[Any]) -> Iterator[Document]:
    """The documents, as they come.

    Raises DocumentError for a single document and for what is no list of any at once, and for what is no document among
    them when it is reached.
    """
    if isinstance(documents, Document):
        raise DocumentError(f"document {documents.id!r} was given alone; expected a list of documents: put it in []")
    if isinstance(documents, str) or not isinstance(documents, Iterable):
        raise DocumentError(f"{shown(documents)} is no list of documents; expected values of the class Document")
    return _checked(documents)


def _checked(documents: Iterable[Any]) -> Iterator[Document]:
    for place, document in enumerate(documents, start=1):
        if not isinstance(document, Document):
            raise DocumentError(
                f"document {place} of those given is {shown(document)}; expected a value of the class Document"
            )
        yield document
