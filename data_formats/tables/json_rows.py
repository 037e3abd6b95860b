"""JSON lines whose objects have keys of any names, one of which holds the texts."""

from __future__ import annotations

from collections.abc import Iterator

from cascade.document import Document
from cascade.errors import FormatError
from data_formats.json_records import records
from data_formats.json_values import kept_text, shown
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.tables.rows import Row, check_columns, documents_of, in_json
from data_formats.text_files import Source


def read_json_rows(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """A document for each object, as `rows.documents_of` makes it; a JSON list of objects is read too.

    Raises FormatError if the first object has no text under the key that is asked for.
    """
    yield from documents_of(_rows(source, options, report), options, report)


def _rows(source: Source, options: ReadOptions, report: Report) -> Iterator[Row]:
    for number, (value, where, identifier) in enumerate(records(source, report)):
        if not isinstance(value, dict):
            told = f"{where}: {shown(value)} is not an object; expected one whose keys are columns"
            report.set_aside(FormatError(told), where, identifier, kept_text(value))
            continue
        if number == 0 and source.first == 1:
            check_columns(options, value, where, text_alone=True)
        yield in_json(Row(value, where, identifier), report, options)
