"""NEREL's JSON lines, as its shared task RuNNE has them: a text, and spans whose last character is included."""

from __future__ import annotations

from collections.abc import Iterator

from cascade.document import Document, Entity
from data_formats.annotation_tools.json_fields import (
    document_of,
    entity_at,
    id_of,
    inclusive_span,
    list_of,
    member,
    object_of,
    text_field,
)
from data_formats.identifiers import SeenIds
from data_formats.json_records import records
from data_formats.object_keys import ANNOTATION, UnknownKeys
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.text_files import Source

_EXPECTED = "an object with 'sentences', which is a text, and 'ners'"
_KNOWN = frozenset(("id", "sentences", "ners"))


def read_nerel(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of `{"id", "sentences": text, "ners": [[first, last, type], ...]}`.

    `first` and `last` are the code points that an entity begins and ends with; entities may nest, cross and repeat.
    Source: dialogue-evaluation/RuNNE on GitHub, whose description calls them the indices of the first and of the last
    character.
    """
    seen, unknown = SeenIds(), UnknownKeys(report)
    known = _KNOWN if options.entities else _KNOWN | ANNOTATION
    for record in records(source):
        where = record.where
        row = object_of(record.value, where, _EXPECTED)
        text = text_field(row, "sentences", known, where, expected=_EXPECTED)
        entities = tuple(_entities(row, text, where)) if options.entities else ()
        document = document_of(id_of(row.get("id"), record), text, entities, where)
        seen.add(document.id, where)
        unknown.add(row, known, where, of="documents")
        yield document


def _entities(row: dict[str, object], text: str, where: str) -> Iterator[Entity]:
    value = member(row, "ners", _KNOWN, where, of="the object", expected=_EXPECTED)
    for span in list_of(value, "'ners'", where):
        expected = "[first character, last one, type]"
        first, last, type_ = inclusive_span(span, len(text), of="character", expected=expected, where=where)
        yield entity_at(text, first, last + 1, type_, where)
