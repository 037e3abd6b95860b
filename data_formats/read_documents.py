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

    def tidy(name: str, where: str) -> str:
        made = tidy_of.get(name)
        if made is None:
            made = tidy_of[name] = _BLANKS.sub(" ", name.strip()) or name
        if made != name:
            report.lose(BLANKS_IN_TYPES, f"{where}: {name!r}")
        return made

    for document in documents:
        entities = []
        for entity in document.entities:
            if (name := tidy(entity.type, document.id)) != entity.type:
                entity = replace(entity, type=name)
            others = entity.alternatives and tuple(
                (tidy(other, document.id), score) for other, score in entity.alternatives
            )
            if others != entity.alternatives:
                entity = replace(entity, alternatives=others)
            entities.append(entity)
        if any(entity is not before for entity, before in zip(entities, document.entities, strict=True)):
            document = document.with_entities(report.each_once(entities, document.id), document.adapters)
        yield document
