"""A CSV file with a row for each entity: document, text, start, end, type, and the span's own text."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from cascade.document import Document, Entity
from cascade.errors import DocumentError, FormatError
from data_formats.annotation_tools.offset_units import offset_of
from data_formats.annotation_tools.utf16 import Utf16Text
from data_formats.identifiers import line_id, with_unique_ids
from data_formats.json_values import shown
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.tables.csv_rows import csv_rows
from data_formats.text_files import BYTE_ORDER_MARK, Source

COLUMNS = ("document", "text", "start", "end", "type", "span", "score")
# Other names of the columns, in small letters; our choice, from headers of published files.
_NAMES = {
    "document": "document document_id doc doc_id docid id file filename",
    "text": "text document_text content sentence",
    "start": "start begin start_offset start_char offset_start start_pos",
    "end": "end stop end_offset end_char offset_end end_pos",
    "type": "type label tag category entity_type entity_label class",
    "span": "span span_text surface mention entity_text covered_text quote entity",
    "score": "score confidence probability",
}
ALIASES = {name: column for column, names in _NAMES.items() for name in names.split()}
OTHER_COLUMN = "values of the column {column}"
DELIMITERS = ",;\t"
_ENTITY = ("start", "end", "type")


@dataclass(slots=True)
class _Rows:
    """The rows of a document: the line of the first, the text as far as it is known, and its entities by line; told:
    start, end and type of these.
    """

    line: int
    text: str | None = None
    entities: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    told: set[tuple[str, ...]] = field(default_factory=set)


def read_spans_csv(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of a CSV file with a header; columns stand between commas, semicolons or tabs.

    Start and end count characters (code points) from 0, and the end is not included. The text stands in the first row
    of a document or in each; without a column of texts, it is the file of the document's name, or that name with .txt,
    beside the CSV. A row without start and end is a document without entities; an empty document means the one above.
    Without a column of documents, a text with other entities right below the same text is the same document. Rows of a
    document that has an id may stand apart. Other columns are counted. Raises FormatError if the text at the offsets is
    not the row's span.
    """
    documents: dict[str, _Rows] = {}
    last: str | None = None
    header: dict[str, int] | None = None
    for line, cells in _csv_rows(source):
        if header is None:
            header = _header(cells, f"{source.name}:{line}", entities=options.entities)
            others = {place: name for place, name in enumerate(cells) if place not in header.values()}
            width = len(cells)
            continue
        if not any(cells):
            continue
        where = f"{source.name}:{line}"
        if len(cells) != width:
            raise FormatError(f"{where}: the row has {len(cells)} columns; expected {width} as in the header")
        row = {name: cells[place] for name, place in header.items()}
        last = _identifier(row, last, documents, line)
        rows = documents.setdefault(last, _Rows(line))
        _add_text(rows, row, where, last)
        for place, name in others.items():
            report.lose(OTHER_COLUMN.format(column=shown(name)), where, bool(cells[place]))
        if options.entities and any(_told(row)):
            rows.entities.append((line, row))
            rows.told.add(_told(row))
    for identifier, rows in documents.items():
        text = rows.text
        if text is None:
            text = "" if header and "text" in header else _text_beside(source, identifier, rows.line)
        entities = tuple(_entity(row, text, f"{source.name}:{line}") for line, row in rows.entities)
        try:
            yield Document(identifier, text, None, entities)
        except DocumentError as error:
            raise FormatError(f"{source.name}:{rows.line}: {error}") from error


def write_spans_csv(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes a row for each entity, the text in the first row of its document, and a row for one without entities."""
    rows = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    rows.writerow(COLUMNS)
    for document in with_unique_ids(documents):
        report.lose_annotations(document, scores=False)
        lines: list[tuple[object, ...]] = [
            (entity.start, entity.end, entity.type, document.text_of(entity), _score(entity))
            for entity in document.entities
        ] or [("", "", "", "", "")]
        rows.writerows((document.id, "" if number else document.text, *values) for number, values in enumerate(lines))
        report.wrote(len(document.entities))


def header_columns(line: str) -> dict[str, int]:
    """The places of the known columns in a header line; none if it is no CSV, such as a long line of text."""
    try:
        return _known(next(csv.reader([line], delimiter=_delimiter(line)), []))
    except csv.Error:
        return {}


def _score(entity: Entity) -> object:
    return "" if entity.score is None else entity.score


def _csv_rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """The rows with the line where each begins."""
    text = _decoded(source.content().removeprefix(BYTE_ORDER_MARK), source.name)
    return csv_rows(io.StringIO(text, newline=""), _delimiter(text.partition("\n")[0]), source.name)


def _decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{name}:{line}: byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from error


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _known(cells: list[str]) -> dict[str, int]:
    """The places of the known columns; of several names for one, the first in our order is taken."""
    names = {cell.strip().casefold(): place for place, cell in reversed(list(enumerate(cells)))}
    found: dict[str, int] = {}
    for alias, column in ALIASES.items():
        if alias in names:
            found.setdefault(column, names[alias])
    if "type" not in found and "span" in found and "entity" in names:
        found["type"] = names["entity"]
    return found


def _header(cells: list[str], where: str, *, entities: bool) -> dict[str, int]:
    header = _known(cells)
    missing = [name for name in ("start", "end", "type") if name not in header] if entities else []
    if missing or not header.keys() & {"document", "text"}:
        lacking = ", ".join(missing) or "document or text"
        raise FormatError(
            f"{where}: the header {shown(cells)} has no column {lacking}; expected {', '.join(COLUMNS)} (span and "
            "score may be missing, and document or text)"
        )
    return header


def _identifier(row: Mapping[str, str], last: str | None, documents: Mapping[str, _Rows], line: int) -> str:
    """The id of a row's document: its own, the one above, or the line of a new text where there are no ids."""
    own = row.get("document", "")
    if own:
        return own
    goes_on = last is not None and ("document" in row or not row.get("text") or _tells_more(row, documents[last]))
    return last if last is not None and goes_on else line_id(line)


def _tells_more(row: Mapping[str, str], above: _Rows) -> bool:
    """Whether a row without an id has another entity of the text above; the same one again is that of a like text."""
    told = _told(row)
    return row.get("text") == above.text and any(told) and bool(above.told) and told not in above.told


def _told(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row.get(name, "") for name in _ENTITY)


def _add_text(rows: _Rows, row: Mapping[str, str], where: str, identifier: str) -> None:
    text = row.get("text", "")
    if not text:
        return
    if rows.text is not None and rows.text != text:
        raise FormatError(
            f"{where}: the document {identifier!r} has another text than in line {rows.line}; expected the same text, "
            "or another id"
        )
    rows.text = text


def _text_beside(source: Source, identifier: str, line: int) -> str:
    """The text of a document that stands in a file of its own."""
    folder = os.path.dirname(source.path)
    plain = os.path.basename(identifier) == identifier and identifier not in (".", "..")
    paths = [os.path.join(folder, name) for name in (identifier, f"{identifier}.txt")] if plain else []
    for path in paths:
        if os.path.isfile(path):
            return _decoded(Source(path).content(), path)
    raise FormatError(
        f"{source.name}:{line}: there is no column text, and no file {identifier!r} or {identifier + '.txt'!r} beside "
        "the CSV; expected the text of each document"
    )


def _entity(row: Mapping[str, str], text: str, where: str) -> Entity:
    numbers = [row["start"].strip(), row["end"].strip()]
    start, end = (offset_of(number) if number.isascii() else None for number in numbers)
    if start is None or end is None:
        raise FormatError(
            f"{where}: start {shown(numbers[0])} and end {shown(numbers[1])}; expected two numbers of characters"
        )
    stated = row.get("span", "")
    inside = start < end <= len(text)
    if not inside and not stated:
        raise FormatError(
            f"{where}: {start}..{end} is no span of the text of {len(text)} characters; expected 0 <= start < end <= "
            f"{len(text)}"
        )
    if not inside or (stated and text[start:end] != stated):
        there = text[start:end]
        raise FormatError(
            f"{where}: the span {shown(stated)} is said to be at {start}..{end}, the text there is {shown(there)}; "
            f"expected the same{_hint(text, start, end, stated)}"
        )
    try:
        score = float(row["score"]) if row.get("score") else None
        return Entity(start, end, row["type"], score)
    except (DocumentError, ValueError) as error:
        raise FormatError(f"{where}: {error}") from error


def _hint(text: str, start: int, end: int, stated: str) -> str:
    """What the offsets seem to count instead."""
    units = Utf16Text(text)
    first, last = units.offset(start), units.offset(end)
    if first is not None and last is not None and text[first:last] == stated:
        return " (offsets seem to be UTF-16 units; expected characters)"
    if text[start : end + 1] == stated:
        return " (the end seems to be included; ours is not)"
    return " (offsets seem to count from 1; ours from 0)" if start and text[start - 1 : end] == stated else ""
