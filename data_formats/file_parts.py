"""Parts of files, which workers read each by itself, as the whole file would be read: JSON lines and Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, BinaryIO

from cascade.document import Document
from cascade.errors import FormatError
from cascade.languages.identification import named_language, names_none
from data_formats.archives.binary_files import plain_lines
from data_formats.json_lines import read_jsonl
from data_formats.read_options import ReadOptions
from data_formats.report import Failure, Report
from data_formats.tables.json_rows import read_json_rows
from data_formats.tables.parquet import documents_of_rows, record_batches
from data_formats.text_files import PartOfLines

READERS = {"jsonl": read_jsonl, "json-rows": read_json_rows}
FORMATS = (*READERS, "parquet")


@dataclass(frozen=True, slots=True)
class FilePart:
    """Some lines or rows of a file: the number of the first, from 1, its offset in bytes, and the content.

    content: the lines with their ends, or of Parquet one value, the rows as a stream of Arrow.
    """

    name: str
    format: str
    first: int
    offset: int
    content: list[bytes]

    def read(self, options: ReadOptions, language: str | None) -> tuple[list[Document | Failure], Report]:
        """The documents without entities, those that cannot be read where they stand, and what was lost."""
        waiting: list[Document | Failure] = []
        report = Report(aside=waiting.append)
        code = named_language(language)
        documents = self._documents(replace(options, entities=False), report)
        for document in documents:  # what failed before it was set aside while it was looked for
            waiting.append(
                replace(document, language=code) if code is not None and names_none(document.language) else document
            )
        return waiting, report

    def _documents(self, options: ReadOptions, report: Report) -> Iterator[Document]:
        if self.format == "parquet":
            [batch] = self.content
            return documents_of_rows(batch, self.name, self.first, options, report)
        source = PartOfLines(self.name, self.content, self.first, self.offset)
        return READERS[self.format](source, report, options)


def parts_of(file: BinaryIO, name: str, format: str, size: int) -> Iterator[FilePart]:
    """The parts of a file that is open, each of `size` lines or rows but the last.

    Lines are decompressed. Raises FormatError where the file is not in its format.
    """
    if format == "parquet":
        row = 1
        for count, batch in record_batches(file, name, size):
            yield FilePart(name, format, row, 0, [batch])
            row += count
        return
    lines, number, offset = plain_lines(file, name), 1, 0
    while content := list(islice(lines, size)):
        yield FilePart(name, format, number, offset, content)
        number, offset = number + len(content), offset + sum(map(len, content))


def check_parts(format: str, name: str) -> None:
    """Raises FormatError for a format that is not read in parts."""
    if format not in FORMATS:
        raise FormatError(
            f"{name}: the format is {format}; on many machines expected {', '.join(FORMATS)}. Convert it first: "
            f"python -m data_formats {name} OUT.jsonl"
        )


def options_of_parts(format: str, values: dict[str, Any]) -> ReadOptions:
    """The options of a format's reader, as `Input.texts` takes them."""
    from data_formats.registry import formats

    taken = next(each.read_options for each in formats() if each.name == format)
    given = {name: value for name, value in values.items() if name in taken}
    return ReadOptions.of(given, taken, format)
