"""CSV and TSV with a header, a document a row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from cascade.document import Document
from cascade.errors import FormatError
from data_formats.archives.compression import without_compression
from data_formats.identifiers import line_id
from data_formats.json_values import kept_text, shown
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.tables.csv_rows import cells_of, csv_rows
from data_formats.tables.rows import DEFAULT_TEXT, Row, check_columns, documents_of
from data_formats.text_files import Source

DELIMITERS = ",;\t|"
_DELIMITER_OF_EXCEL = re.compile(r"\ufeff?sep=([,;\t|])\r?\n?")
SHORT_ROWS = "rows with fewer cells than the header (the others are empty)"
BLANK_ROWS = "empty lines between rows"


def read_table(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """A document for each row below the header, as `rows.documents_of` makes it.

    Columns stand between commas, semicolons, tabs or bars, whichever cuts the header into most names; in a file whose
    name ends with .tsv, between tabs. Cells in quotes may hold line breaks, which are kept as they are. A document
    without an id is called by the line where its row begins. Raises FormatError for a header that names a column twice
    or lacks one that is asked for, and for a row with more cells than the header.
    """
    rows = _rows(source, options.text_column or DEFAULT_TEXT)
    line, header = next(rows, (1, []))
    while not header and (row := next(rows, None)) is not None:
        report.lose(BLANK_ROWS, f"{source.name}:{line}")
        line, header = row
    if not header:
        return  # an export of a day without rows is as one with a header alone
    names = [name.strip() or f"column-{place}" for place, name in enumerate(header, start=1)]
    if twice := next((name for name, count in Counter(names).items() if count > 1), None):
        raise FormatError(f"{source.name}:{line}: the header names {shown(twice)} twice; expected each column once")
    check_columns(options, names, f"{source.name}:{line}")
    yield from documents_of(_named(rows, names, source.name, report), options, report)


def _named(rows: Iterator[tuple[int, list[str]]], names: list[str], file: str, report: Report) -> Iterator[Row]:
    for line, cells in rows:
        where = f"{file}:{line}"
        if not cells:
            report.lose(BLANK_ROWS, where)
            continue
        if len(cells) > len(names):
            told = f"the row has {len(cells)} cells; expected at most {len(names)}, as in the header"
            remedy = "Put texts that hold the delimiter into quotes"
            report.set_aside(FormatError(f"{where}: {told}. {remedy}"), where, line_id(line), kept_text(cells))
            continue
        report.lose(SHORT_ROWS, where, len(cells) < len(names))
        yield Row(dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=True)), where, line_id(line))


def _rows(source: Source, text_column: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with the line where each begins, read as they are asked for."""
    lines = (text for _, text in source.lines(ends=True))
    before = list[str]()  # empty lines, and the line by which Excel tells its delimiter
    first = next(lines, "")
    while first and not first.strip():
        before.append(first)
        first = next(lines, "")
    named = _DELIMITER_OF_EXCEL.fullmatch(first)
    if named is not None:
        before.append("\n")
        first = next(lines, "")
    tabs = without_compression(source.path).lower().endswith(".tsv")

    def names(delimiter: str) -> tuple[int, bool]:
        cells = cells_of(first, delimiter)
        return len(cells), text_column in (cell.strip() for cell in cells)

    delimiter = "\t" if tabs else named[1] if named is not None else max(DELIMITERS, key=names)
    yield from csv_rows(chain([*before, first], lines), delimiter, source.name)
