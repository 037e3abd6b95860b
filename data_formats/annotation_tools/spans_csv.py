"""A CSV file with a row for each entity: document, text, start, end, type, and the span's own text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from cascade.document import Document, Entity
from cascade.errors import DocumentError, FormatError
from data_formats.annotation_tools.comprehend_csv import documents_of_lines
from data_formats.annotation_tools.offset_hints import offset_hint
from data_formats.annotation_tools.offset_units import offset_of
from data_formats.annotation_tools.spans_csv_header import (
    COLUMNS,
    checked_columns,
    delimiter_of,
    line_column,
    names_files,
)
from data_formats.annotation_tools.spans_csv_header import header_columns as header_columns
from data_formats.annotation_tools.texts_beside import FOLDERS, decoded, text_beside
from data_formats.identifiers import line_id, with_unique_ids
from data_formats.json_values import shown
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.tables.csv_rows import csv_rows
from data_formats.text_files import BYTE_ORDER_MARK, Source

OTHER_COLUMN = "values of the column {column}"
SHARED_TEXTS = (
    "documents of a text that stands under another id as well (if rows of one text belong together, leave the ids out)"
)
_AS_BLANKS = str.maketrans("\t\r\n", "   ")  # what stands in a cell for a mention that goes over lines
_ENTITY = ("start", "end", "type")


_Found = list[tuple[int, dict[str, str]]]


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
    beside the CSV (`texts_beside`). A row without start and end is a document without entities; an empty document means
    the one above. Without a column of documents, a text with other entities right below the same text is the same
    document. Rows of a document that has an id may stand apart. Where documents are called by files, and each text is
    as long as its span, the texts are those of the spans. Other columns are counted. In Amazon Comprehend's files
    (`comprehend_csv`), a line is a document. Raises FormatError if the text at the offsets is not the row's span.
    """
    cells, found = _table(source, report, options)
    header = checked_columns(cells, f"{source.name}:1", entities=options.entities) if cells else {}
    of_lines = line_column(cells)
    if of_lines is not None:
        yield from documents_of_lines(source, found, entities=options.entities)
        return
    mentions = names_files(cells, header) and _are_mentions(found, source)
    if mentions:
        found = [(line, {**row, "span": row["text"], "text": ""}) for line, row in found]
    documents: dict[str, _Rows] = {}
    last: str | None = None
    for line, row in found:
        last = _identifier(row, last, documents, line)
        rows = documents.setdefault(last, _Rows(line))
        _add_text(rows, row, f"{source.name}:{line}", last)
        if options.entities and any(_told(row)):
            rows.entities.append((line, row))
            rows.told.add(_told(row))
    texts = set[str]()
    for identifier, rows in documents.items():
        where = f"{source.name}:{rows.line}"
        text = rows.text
        if text is None:
            text = "" if "text" in header and not mentions else _text_beside(source, identifier, where, mentions)
        report.lose(SHARED_TEXTS, where, len(rows.entities) == 1 and "document" in header and text in texts)
        texts.add(text)
        entities = tuple(_entity(row, text, f"{source.name}:{line}") for line, row in rows.entities)
        try:
            yield Document(identifier, text, None, entities)
        except DocumentError as error:
            raise FormatError(f"{where}: {error}") from error


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


def _score(entity: Entity) -> object:
    return "" if entity.score is None else entity.score


def _table(source: Source, report: Report, options: ReadOptions) -> tuple[list[str], _Found]:
    """The header's cells, and the known cells of each row with its line; the others are counted."""
    text = decoded(source.content().removeprefix(BYTE_ORDER_MARK), source.name)
    rows = csv_rows(io.StringIO(text, newline=""), delimiter_of(text.partition("\n")[0]), source.name)
    line, names = next(rows, (1, []))
    header = checked_columns(names, f"{source.name}:{line}", entities=options.entities) if names else {}
    lines = line_column(names)
    header |= {} if lines is None else {"line": lines}
    others = {place: name for place, name in enumerate(names) if place not in header.values()}
    found: _Found = []
    for line, cells in rows:
        where = f"{source.name}:{line}"
        if not any(cells):
            continue
        if len(cells) != len(names):
            raise FormatError(f"{where}: the row has {len(cells)} columns; expected {len(names)} as in the header")
        for place, name in others.items():
            report.lose(OTHER_COLUMN.format(column=shown(name)), where, bool(cells[place]))
        found.append((line, {name: cells[place] for name, place in header.items()}))
    return names, found


def _are_mentions(found: _Found, source: Source) -> bool:
    """Whether each text is as long as its span, so that it is the span's and not the document's.

    A span that is the whole of a text tells nothing; there must be another, or a file of the document's name.
    """
    lengths = [
        (start, end, len(row["text"]))
        for _, row in found
        if "text" in row
        and (start := offset_of(row.get("start", ""))) is not None
        and (end := offset_of(row.get("end", ""))) is not None
    ]
    if not lengths or len(lengths) < len(found) or any(end - start != length for start, end, length in lengths):
        return False
    return any(start for start, _, _ in lengths) or text_beside(source, found[0][1]["document"]) is not None


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


def _text_beside(source: Source, identifier: str, where: str, mentions: bool) -> str:
    """The text of a document that stands in a file of its own."""
    text = text_beside(source, identifier)
    if text is not None:
        return text
    files = f"no file {identifier!r} or {identifier + '.txt'!r} beside the CSV"
    if mentions:
        raise FormatError(
            f"{where}: the column text has the words of the entities, and there is {files}, or in a folder "
            f"{', '.join(FOLDERS)} there; expected the text of each document in a file"
        )
    raise FormatError(f"{where}: there is no column text, and {files}; expected the text of each document")


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
    there = text[start:end]
    if not inside or (stated and stated not in (there, there.translate(_AS_BLANKS))):
        raise FormatError(
            f"{where}: the span {shown(stated)} is said to be at {start}..{end}, the text there is {shown(there)}; "
            f"expected the same{offset_hint(text, start, end, stated)}"
        )
    try:
        score = float(row["score"]) if row.get("score") else None
        return Entity(start, end, row["type"], score)
    except (DocumentError, ValueError) as error:
        raise FormatError(f"{where}: {error}") from error
