"""Rows of a table as documents: one column holds the texts, and what no column is named for stays in `fields`."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from cascade.document import Document, Entity
from cascade.document.row_fields import MOST_NESTED
from cascade.errors import DocumentError, FormatError
from data_formats.identifiers import SeenIds
from data_formats.json_values import identifier_of, kept_text, shown
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.tables.annotation_columns import AnnotationCells

DEFAULT_TEXT = "text"  # the column of texts if none is named
EMPTY_TEXTS = "rows without text (read as documents without entities)"
WITHOUT_ID = "rows without an id in the column {column} (called by their place)"
NO_JSON = "values that JSON has no form for (kept as text)"
_MOST_NAMED = 20  # columns in an error message
_MOST_WORDS = 4  # of a column's name
_WITHOUT_HEADER = ". The first line is read as the header: if the file has none, put one in"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row by column, its place as error messages name it, and the id of a row that has none."""

    cells: Mapping[str, Any]
    where: str
    id: str


def in_json(row: Row, report: Report, options: ReadOptions) -> Row:
    """The row with values that JSON can hold; raises FormatError for bytes that are no text where one is read."""
    texts = (options.text_column or DEFAULT_TEXT, options.id_column, options.language_column)
    cells = {name: _text(value, name, row.where) if name in texts else value for name, value in row.cells.items()}
    return Row({name: json_value(value, row.where, report) for name, value in cells.items()}, row.where, row.id)


def _text(value: Any, column: str, where: str) -> Any:
    """The value, decoded if it is bytes, as a column without a type for texts has them."""
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{where}: the column {shown(column)} has bytes that are not UTF-8; expected a text"
        ) from error


def json_value(value: Any, where: str, report: Report, depth: int = 0) -> Any:
    """The value as JSON can hold it: dates in ISO form, and what else it has no form for as counted text."""
    if value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if depth > MOST_NESTED:
        return value  # which the document refuses
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): json_value(each, where, report, depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(each, where, report, depth + 1) for each in value]
    report.lose(NO_JSON, where)
    return str(value)


def check_columns(options: ReadOptions, columns: Collection[str], where: str, *, text_alone: bool = False) -> None:
    """Raises FormatError if a column that is asked for is not there.

    text_alone: the others may be in later rows.
    """
    asked = {"--text-column": options.text_column or DEFAULT_TEXT}
    if not text_alone:
        asked |= {"--id-column": options.id_column or "", "--language-column": options.language_column or ""}
    for option, column in asked.items():
        if column and column not in columns:
            named = [shown(name) for name in list(columns)[:_MOST_NAMED]]
            more = f" and {len(columns) - _MOST_NAMED} more" if len(columns) > _MOST_NAMED else ""
            raise FormatError(
                f"{where}: there is no column {shown(column)}; name one of {', '.join(named) or 'none'}{more} with "
                f"{option}{_WITHOUT_HEADER if any(map(_is_content, columns)) else ''}"
            )


def _is_content(name: str) -> bool:
    """Whether a column's name is rather what stands in a cell: a number, or a sentence."""
    return name.strip().isdecimal() or len(name.split()) > _MOST_WORDS


def documents_of(rows: Iterable[Row], options: ReadOptions, report: Report) -> Iterator[Document]:
    """A document for each row, with the entities that its cells hold as lists of spans (`AnnotationCells`).

    A row without text is an empty document, and is counted, as is one without an id where a column of ids is named.
    Raises FormatError for a text or language that is none, and for an id that comes twice.
    """
    seen = SeenIds()
    text_column = options.text_column or DEFAULT_TEXT
    named = (text_column, options.id_column, options.language_column)
    taken = frozenset(name for name in named if name is not None)
    annotation = AnnotationCells(report)
    for row in rows:
        try:
            text = _string(row, text_column)
            report.lose(EMPTY_TEXTS, row.where, not text)
            identifier = _identifier(row, options.id_column, report)
            seen.add(identifier, row.where)
            language = _string(row, options.language_column) if options.language_column else ""
            entities = annotation.entities(row.cells, text, row.where, taken=taken) if options.entities else ()
            left = taken if annotation.column is None else taken | {annotation.column}
            fields = {name: value for name, value in row.cells.items() if name not in left}
            document = _document(identifier, text, language, fields, entities, row.where)
        except FormatError as error:
            report.set_aside(error, row.where, row.id, kept_text(dict(row.cells), text_column))
        else:
            yield document


def _document(
    identifier: str, text: str, language: str, fields: dict[str, Any], entities: tuple[Entity, ...], where: str
) -> Document:
    try:
        return Document(identifier, text, language.strip() or None, entities, fields=fields or None)
    except DocumentError as error:
        raise FormatError(f"{where}: {error}") from error


def _string(row: Row, column: str) -> str:
    """A cell's text; empty if it is missing."""
    value = row.cells.get(column)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FormatError(f"{row.where}: the column {shown(column)} has {shown(value)}; expected a text")
    return value


def _identifier(row: Row, column: str | None, report: Report) -> str:
    if column is None:
        return row.id
    value = row.cells.get(column)
    own = "" if value is None else identifier_of(value, f"the id in the column {shown(column)}", row.where)
    report.lose(WITHOUT_ID.format(column=shown(column)), row.where, not own)
    return own or row.id
