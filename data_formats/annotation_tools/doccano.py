"""Doccano's JSON lines of sequence labelling, with and without relations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.json_fields import (
    count_present,
    document_of,
    entity_at,
    hint,
    id_of,
    language_of,
    list_of,
    member,
    number_of,
    object_of,
    text_field,
)
from data_formats.annotation_tools.losses import NOTES, RELATIONS, UTF_16_ASSUMED
from data_formats.annotation_tools.offset_units import INSIDE, UTF_16, places
from data_formats.annotation_tools.utf16 import Utf16Text, is_beyond_bmp
from data_formats.identifiers import SeenIds, with_unique_ids
from data_formats.json_records import records
from data_formats.json_values import shown
from data_formats.object_keys import ANNOTATION, UnknownKeys
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.text_files import Source

_EXPECTED = "an object with 'text' and 'label' or 'entities'"
_LABEL_KEYS = ("entities", "label", "labels")
_COUNTED = {"relations": RELATIONS, "Comments": NOTES, "comments": NOTES}
_KNOWN = frozenset(("id", "language", *_COUNTED))
_SPAN_KEYS = frozenset(("id", "start_offset", "end_offset", "label"))


def read_doccano(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of an export of doccano, one object each.

    Labels are `"label": [[start, end, type], ...]` or, in projects with relations, `"entities": [{"start_offset",
    "end_offset", "label"}, ...]`. The browser counts UTF-16 units, or grapheme clusters in projects with that setting;
    `ReadOptions.offsets` names the unit. The file does not tell it, so documents where it matters are counted if
    nobody named it. Relations and comments are counted.
    """
    unit, key = options.offsets or UTF_16, options.text_key or "text"
    seen, unknown = SeenIds(), UnknownKeys(report)
    known = _KNOWN | {key} | (frozenset() if options.entities else ANNOTATION)
    for record in records(source):
        where = record.where
        row = object_of(record.value, where, _EXPECTED)
        text = text_field(row, key, known, where, expected=_EXPECTED)
        spans = next((key for key in _LABEL_KEYS if key in row), _LABEL_KEYS[1])
        entities = tuple(_entities(row, spans, text, where, unit, unknown)) if options.entities else ()
        document = document_of(
            id_of(row.get("id"), record),
            text,
            entities,
            where,
            language=language_of(row, report, where),
        )
        seen.add(document.id, where)
        unknown.add(row, known | {spans}, where, of="documents")
        if options.entities:
            count_present(row, _COUNTED, report, where)
            if options.offsets is None and is_beyond_bmp(text[: max((each.end for each in entities), default=0)]):
                report.lose(UTF_16_ASSUMED, where)
        yield document


def _entities(
    row: dict[str, object], key: str, text: str, where: str, unit: str, unknown: UnknownKeys
) -> Iterator[Entity]:
    spans = list_of(member(row, key, _KNOWN, where, of="the object", expected=_EXPECTED), repr(key), where)
    there = places(text, unit)
    for span in spans:
        start, end, type_ = _span(span, where, unknown)
        yield entity_at(
            text,
            _place(start, there, text, where, unit),
            _place(end, there, text, where, unit),
            type_,
            where,
            unit=unit,
        )


def _span(span: object, where: str, unknown: UnknownKeys) -> tuple[int, int, object]:
    if isinstance(span, dict):
        values = [
            member(span, key, _SPAN_KEYS, where, of="an entity", expected="'start_offset', 'end_offset' and 'label'")
            for key in ("start_offset", "end_offset", "label")
        ]
        unknown.add(span, _SPAN_KEYS, where, of="entities")
    elif isinstance(span, list) and len(span) == 3:
        values = span
    else:
        raise FormatError(
            f"{where}: {shown(span)} is not an entity; expected [start, end, type] or an object with 'start_offset', "
            "'end_offset' and 'label'"
        )
    return number_of(values[0], "a start", where), number_of(values[1], "an end", where), values[2]


def _place(offset: int, there: Sequence[int], text: str, where: str, unit: str) -> int:
    """The code point offset at an offset of the file."""
    if 0 <= offset < len(there) and there[offset] != INSIDE:
        return there[offset]
    found = "cuts a character in two" if 0 <= offset < len(there) else f"is not within 0..{len(there) - 1}"
    raise FormatError(f"{where}: the offset {offset} in the unit {unit} {found}{hint(text, unit)}")


def write_doccano(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes `{"id", "text", "label": [[start, end, type]]}` lines, with offsets in UTF-16 units.

    A language is written as a key that doccano keeps as metadata. Entities may overlap; doccano keeps such ones only in
    projects that allow it.
    """
    for document in with_unique_ids(documents):
        report.lose_annotations(document, language=False)
        offsets = Utf16Text(document.text)
        row: dict[str, object] = {"id": document.id, "text": document.text}
        if document.language is not None:
            row["language"] = document.language
        row["label"] = [[offsets.units(each.start), offsets.units(each.end), each.type] for each in document.entities]
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        report.wrote(len(document.entities))
