"""Dataturks' JSON lines: texts with labelled points, whose ends are included."""

from __future__ import annotations

from collections.abc import Iterator

from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.json_fields import (
    document_of,
    entity_at,
    id_of,
    list_of,
    number_of,
    object_of,
    text_field,
)
from data_formats.annotation_tools.losses import DISCONTINUOUS, UNLABELLED, WITHOUT_ANNOTATION
from data_formats.identifiers import SeenIds
from data_formats.json_records import records
from data_formats.json_values import shown
from data_formats.object_keys import ANNOTATION, UnknownKeys
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.text_files import Source

_EXPECTED = "an object with 'content' and 'annotation'"
_KNOWN = frozenset(("id", "content", "annotation"))


def read_dataturks(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """A document for each object; `annotation` is a list of `{"label": [...], "points": [{"start", "end", "text"}]}`.

    A point's end is its last character. Labels of one point are an entity each. A text whose annotation is null is left
    out and counted, as are entities of several points. Raises FormatError if a point's text is not that at its offsets.
    """
    seen, unknown = SeenIds(), UnknownKeys(report)
    for record in records(source):
        row, where = object_of(record.value, record.where, _EXPECTED), record.where
        text = text_field(row, "content", _KNOWN, where, expected=_EXPECTED)
        unknown.add(row, _KNOWN if options.entities else _KNOWN | ANNOTATION, where, of="documents")
        if options.entities and row.get("annotation") is None:
            report.lose(WITHOUT_ANNOTATION, where)
            continue
        listed = list_of(row.get("annotation"), "'annotation'", where) if options.entities else []
        entities = (entity for each in listed for entity in _entities(each, text, report, where))
        document = document_of(id_of(row.get("id"), record), text, report.each_once(entities, where), where)
        seen.add(document.id, where)
        yield document


def _entities(value: object, text: str, report: Report, where: str) -> Iterator[Entity]:
    row = object_of(value, where, "an annotation with 'label' and 'points'")
    points = list_of(row.get("points"), "'points'", where)
    labels = [row["label"]] if isinstance(row.get("label"), str) else list_of(row.get("label"), "'label'", where)
    report.lose(UNLABELLED, where, not labels)
    if len(points) != 1:
        report.lose(DISCONTINUOUS, where, bool(labels))
        return
    point = object_of(points[0], where, "a point with 'start' and 'end'")
    start, last = (number_of(point.get(key), f"a point's {key!r}", where) for key in ("start", "end"))
    for label in labels:
        entity = entity_at(text, start, last + 1, label, where)
        said, there = point.get("text"), text[start : last + 1]
        if isinstance(said, str) and said.strip() != there.strip():
            raise FormatError(
                f"{where}: the point {start}..{last} says {shown(said)}, the text there is {shown(there)}; expected "
                "the same, with the end included as Dataturks counts it"
            )
        yield entity
