"""What callers give the cascade as documents, checked: what is no document must not be read as one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from cascade.document import Document
from cascade.errors import DocumentError, shown
from cascade.languages.identification import names_none

_SEVERAL = "a list, a tuple or an iterator of texts and Documents"


def check_several(documents: object) -> None:
    """Raises DocumentError for what is not several documents in order, such as one text, a dict, a set or a path."""
    where = f"the documents are {_kind(documents)}"
    if isinstance(documents, str | Document):
        raise DocumentError(
            f"{where}; expected {_SEVERAL}. Call the cascade itself with one text, or put it into a list"
        )
    if isinstance(documents, set | frozenset):
        raise DocumentError(
            f"{where}, which has no order; expected {_SEVERAL}. Sort it, so that results can be told apart"
        )
    is_frame = type(documents).__name__ == "DataFrame"  # of whichever package; it would give the names of its columns
    if is_frame:
        raise DocumentError(
            f"the documents are a {type(documents).__name__}; expected {_SEVERAL}. Give one column, or the frame to "
            "cascade.integrations.annotate_frame"
        )
    if isinstance(documents, Mapping | bytes | bytearray | memoryview | os.PathLike) or not isinstance(
        documents, Iterable
    ):
        raise DocumentError(f"{where}; expected a text, a Document, or {_SEVERAL}{_remedy(documents)}")


def as_document(item: object, number: int, language: str | None) -> Document:
    """The document of one item, the `number`th from 1; a text is called by its number.

    language: of documents that name none.  Raises DocumentError for what is neither a text nor a document.
    """
    if isinstance(item, Document):
        keeps = language is None or not names_none(item.language)
        return item if keeps else Document(item.id, item.text, language, (), item.tokens, fields=item.fields)
    if isinstance(item, str):
        return Document(str(number), item, language)
    remedy = ". Give one list of all" if isinstance(item, list | tuple) else _remedy(item)
    if item is None or isinstance(item, float) or type(item).__name__ == "NAType":  # what tables hold where no text is
        remedy = ". Leave missing values out, or give the whole column to cascade.integrations.annotate_column"
    raise DocumentError(f"document {number} of those given is {_kind(item)}; expected a text or a Document{remedy}")


def _kind(value: object) -> str:
    return "None" if value is None else f"{type(value).__name__} {shown(value)}"


def _remedy(value: object) -> str:
    """What makes a document of it, as the end of a message."""
    if isinstance(value, Mapping):
        return ". Make a Document of it, such as Document(id, text)"
    if isinstance(value, bytes | bytearray | memoryview):
        return ". Decode it, such as with .decode('utf-8')"
    if isinstance(value, os.PathLike):
        return ". Read the file, such as with data_formats.read(path)"
    return ""
