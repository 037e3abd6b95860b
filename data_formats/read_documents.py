"""What is done with documents of all formats as they are read: languages are set, and names of types made tidy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from cascade.document import Document
from cascade.languages.identification import names_none
from data_formats.report import BLANKS_IN_TYPES, Report

_BLANKS = re.compile(r"\s{2,}|[^\S\t]")  # a tab between words stays: it can be seen, and nobody types it unawares


def in_language(documents: Iterator[Document], language: str) -> Iterator[Document]:
    """The documents, with a language for those that name none."""
    return (
        replace(document, language=language) if names_none(document.language) else document for document in documents
    )


def with_tidy_types(documents: Iterator[Document], report: Report) -> Iterator[Document]:
    """The documents, with one blank between the words of types and none around them; others are counted.

    They would be other types to all that compares names, and nobody sees the blanks.
    """
    tidy_of: dict[str, str] = {}
    for document in documents:
        odd = False
        for entity in document.entities:
            tidy = tidy_of.get(entity.type)
            if tidy is None:
                tidy = tidy_of[entity.type] = _BLANKS.sub(" ", entity.type.strip()) or entity.type
            if tidy != entity.type:
                odd = True
                report.lose(BLANKS_IN_TYPES, f"{document.id}: {entity.type!r}")
        if odd:
            entities = (replace(entity, type=tidy_of[entity.type]) for entity in document.entities)
            document = document.with_entities(tuple(dict.fromkeys(entities)))
        yield document
