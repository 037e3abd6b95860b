"""Values of a JSON file, one after the other: JSON lines, an array, or objects printed over several lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cascade.errors import FormatError
from data_formats.identifiers import line_id
from data_formats.json_values import WHITE_SPACE, decode, decode_at, shown
from data_formats.report import Report
from data_formats.text_files import Source

_GAP = re.compile(r"[ \t\r\n]*")
_GOES_ON = ("{", "[", ",", ":")  # JSON that is printed over several lines breaks a line after one of these


class Record(NamedTuple):
    """A decoded value, its place as error messages name it, and the id of a document that has none of its own."""

    value: object
    where: str
    id: str


def records(source: Source, report: Report | None = None) -> Iterator[Record]:
    """The values of JSON lines, of one JSON array, or of objects that go over several lines.

    JSON lines are decoded as they come, and ids name the line. In the other two cases the file's text is held in
    memory, its values are decoded one after the other, and ids count them from 1. Raises FormatError, with the line,
    where the file is not JSON; in JSON lines, `report` may set such a line aside.
    """
    return source.closing(_records(source, report if report is not None else Report()))


def _records(source: Source, report: Report) -> Iterator[Record]:
    def aside(error: FormatError, number: int, line: str) -> None:
        try:
            report.set_aside(error, f"{source.name}:{number}", line_id(number), line)
        finally:
            del error  # as in `Report.set_aside`

    lines = source.lines(aside=aside)
    number, line = next(((number, line) for number, line in lines if line.strip()), (0, ""))
    shape = line.strip(WHITE_SPACE)
    if (shape.startswith("[") or (shape.startswith("{") and shape.endswith(_GOES_ON))) and source.first == 1:
        if source.is_part:
            raise FormatError(
                f"{source.name}:{number}: a JSON list, or an object over several lines; expected an object a line, as "
                f"parts of a file are read. Convert it first: python -m data_formats {source.name} OUT.jsonl"
            )
        text = "\n".join([line, *(rest for _, rest in lines)])
        del line, shape
        yield from _values(text, source.name, number)
        return
    while line:
        if line.strip():
            try:
                value = decode(line, source.name, number)
            except FormatError as error:
                aside(error, number, line)
            else:
                yield Record(value, f"{source.name}:{number}", line_id(number))
        number, line = next(((number, line) for number, line in lines if line.strip()), (0, ""))


def _values(text: str, name: str, first_line: int) -> Iterator[Record]:
    """The items of the array that the text is, or the values that follow each other in it."""
    position = _after_gap(text, 0)
    in_array = text.startswith("[", position)
    position = _after_gap(text, position + in_array)
    line, counted, item = first_line, 0, 0
    while position < len(text) and not (in_array and text.startswith("]", position)):
        line, counted = line + text.count("\n", counted, position), position
        item += 1
        value, position = decode_at(text, position, name, first_line)
        yield Record(value, f"{name}:{line}: item {item}", f"item-{item}")
        position = _after_gap(text, position)
        if in_array and text.startswith(",", position):
            position = _after_gap(text, position + 1)
        elif in_array and not text.startswith("]", position):
            found = f"comes {shown(text[position : position + 10])}" if position < len(text) else "the file ends"
            raise FormatError(f"{name}:{line}: not JSON: after item {item} {found}; expected ',' or ']'")
    if in_array:
        if position == len(text):
            line = first_line + text.count("\n")
            raise FormatError(f"{name}:{line}: not JSON: the file ends inside a list; expected ']'")
        if rest := text[position + 1 :].strip(WHITE_SPACE):
            raise FormatError(f"{name}: after the JSON list comes {shown(rest)}; expected the end of the file")


def _after_gap(text: str, position: int) -> int:
    match = _GAP.match(text, position)
    return match.end() if match else position
