"""Documents of Amazon Comprehend's CSV of annotations, whose offsets are within a line of a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from cascade.document import Document
from cascade.errors import FormatError
from data_formats.annotation_tools.json_fields import document_of, entity_at
from data_formats.annotation_tools.offset_units import offset_of
from data_formats.annotation_tools.texts_beside import text_beside
from data_formats.json_values import shown
from data_formats.text_files import Source

Rows = Sequence[tuple[int, Mapping[str, str]]]


def documents_of_lines(source: Source, rows: Rows, *, entities: bool) -> Iterator[Document]:
    """A document for each line that is not empty, of each file that a row names; lines count from 0.

    Documents are called FILE:LINE. Raises FormatError for a file that is not there, and for offsets that are not in
    their line.
    """
    of_file: dict[str, dict[int, list[tuple[str, Mapping[str, str]]]]] = defaultdict(lambda: defaultdict(list))
    for number, row in rows:
        where = f"{source.name}:{number}"
        place = offset_of(row["line"])
        if place is None:
            raise FormatError(f"{where}: the line is {shown(row['line'])}; expected its number, from 0")
        of_file[row["document"]][place].append((where, row))
    for name, of_line in of_file.items():
        text = text_beside(source, name)
        first, _ = next(iter(of_line.values()))[0]
        if text is None:
            raise FormatError(f"{first}: there is no file {name!r} beside the CSV; expected the one that it is about")
        lines = [line.removesuffix("\r") for line in text.split("\n")]
        for number in of_line:
            if number >= len(lines):
                raise FormatError(
                    f"{of_line[number][0][0]}: {name!r} has no line {number}; expected one below {len(lines)}"
                )
        for number, line in enumerate(lines):
            found = tuple(
                entity_at(line, offset_of(row["start"]), offset_of(row["end"]), row["type"], where)
                for where, row in (of_line.get(number, ()) if entities else ())
            )
            if line.strip():
                yield document_of(f"{name}:{number}", line, found, f"{source.name}: {name}:{number}")
