"""The rows of CSV, with the line where each begins."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator

from cascade.errors import FormatError


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of a line; none where it is no CSV, such as a line with a carriage return in it."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def csv_rows(lines: Iterable[str], delimiter: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of lines with their ends, read as they are asked for; a row's line is counted from 1.

    Raises FormatError, which names the file and the line, where quotes do not fit.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        before = csv.field_size_limit(sys.maxsize)  # texts may be longer than the 131,072 characters that csv allows
        try:
            cells = next(reader, None)
        except csv.Error as error:
            expected = "quotes around and doubled in texts"
            if "new-line" in str(error):
                error, expected = (
                    csv.Error("a carriage return stands alone"),
                    "line feeds at the ends of rows, and quotes around texts that hold a return",
                )
            raise FormatError(f"{file}:{line}: not CSV: {error}; expected {expected}") from error
        finally:
            csv.field_size_limit(before)
        if cells is None:
            return
        yield line, cells
