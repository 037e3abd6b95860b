"""The header of a CSV file with a row for each entity: which of its columns are known, by their names."""

from __future__ import annotations

import csv
import re

from cascade.errors import FormatError
from data_formats.json_values import shown

COLUMNS = ("document", "text", "start", "end", "type", "span", "score")
DELIMITERS = ",;\t"
# Other names of the columns, in small letters and with _ for blanks; our choice, from headers of published files: those
# of Spanish shared tasks (MedProcNER, DisTEMIST) and of Amazon Comprehend among them.
_NAMES = {
    "document": "document document_id doc doc_id docid id file filename file_name",
    "text": "text document_text content sentence",
    "start": "start begin start_offset start_char offset_start start_pos begin_offset start_span span_ini off0",
    "end": "end stop end_offset end_char offset_end end_pos end_span span_end off1",
    "type": "type label tag category entity_type entity_label class",
    "span": "span span_text surface mention entity_text covered_text quote entity",
    "score": "score confidence probability",
}
ALIASES = {name: column for column, names in _NAMES.items() for name in names.split()}
_OF_FILES = ("file", "filename", "file_name", "name")
_OF_SHARED_TASKS = ("start_span", "span_ini", "off0")  # where `name` is that of a file
_COMPREHEND = frozenset(("file", "line", "begin_offset", "end_offset", "type"))


def delimiter_of(header: str) -> str:
    """What stands between the columns of a header: comma, semicolon or tab."""
    return max(DELIMITERS, key=header.count)


def header_columns(line: str) -> dict[str, int]:
    """The places of the known columns in a header line; none if it is no CSV, such as a long line of text."""
    try:
        return known_columns(next(csv.reader([line], delimiter=delimiter_of(line)), []))
    except csv.Error:
        return {}


def known_columns(cells: list[str]) -> dict[str, int]:
    """The places of the known columns; of several names for one, the first in our order is taken."""
    names = {plain(cell): place for place, cell in reversed(list(enumerate(cells)))}
    found: dict[str, int] = {}
    for alias, column in ALIASES.items():
        if alias in names:
            found.setdefault(column, names[alias])
    if "type" not in found and "span" in found and "entity" in names:
        found["type"] = names["entity"]
    if "document" not in found and "name" in names and set(_OF_SHARED_TASKS) & names.keys():
        found["document"] = names["name"]
    return found


def checked_columns(cells: list[str], where: str, *, entities: bool) -> dict[str, int]:
    """The places of the known columns; raises FormatError if one that is needed is missing."""
    header = known_columns(cells)
    missing = [name for name in ("start", "end", "type") if name not in header] if entities else []
    if missing or not header.keys() & {"document", "text"}:
        lacking = ", ".join(missing) or "document or text"
        raise FormatError(
            f"{where}: the header {shown(cells)} has no column {lacking}; expected {', '.join(COLUMNS)} (span and "
            "score may be missing, and document or text)"
        )
    return header


def names_files(cells: list[str], header: dict[str, int]) -> bool:
    """Whether the documents are called by the names of files."""
    return "document" in header and plain(cells[header["document"]]) in _OF_FILES


def line_column(cells: list[str]) -> int | None:
    """The column of lines in the CSV of Amazon Comprehend, whose offsets are within a line; None elsewhere."""
    names = list(map(plain, cells))
    return names.index("line") if set(names) == _COMPREHEND else None


def plain(name: str) -> str:
    """The name of a column in small letters, with _ for blanks and other signs."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")
