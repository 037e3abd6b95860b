"""Plain text, one document a line or one a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from cascade.document import Document
from cascade.errors import FormatError
from data_formats.columns.blocks import COLUMN_BREAKS
from data_formats.identifiers import line_id
from data_formats.read_options import ReadOptions
from data_formats.report import ALL_ENTITIES, EMPTY_DOCUMENTS, EMPTY_FILES, IDS, INLINE_MARKS, LINE_BREAKS, Report
from data_formats.text_files import MARK_CHARACTER, Source

_OPENNLP = re.compile(r"<START:[^<>]+>.*<END>")
_LABELLED_WORD = re.compile(r"\S*[^\s|/][|/](?:O|[A-Z][A-Za-z_.-]*)|[|/].[|/]O|\S+[|]\S+[|]\S+")
_FEWEST_WORDS = 3  # fewer words may all stand before strokes by chance


def read_text(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """A document for each line that is not blank, named by its line number.

    With `ReadOptions.whole_files`, one document of all lines with their ends, named as its file; an empty one is
    counted.
    """
    if options.whole_files:
        try:
            text = "".join(line for _, line in source.lines(ends=True))
        except FormatError as error:
            report.set_aside(error, source.name, os.path.basename(source.name), "")
            return
        report.lose(EMPTY_FILES, source.name, not text)
        yield Document(os.path.basename(source.name), text)
        return

    def aside(error: FormatError, number: int, line: str) -> None:
        try:
            report.set_aside(error, f"{source.name}:{number}", line_id(number), line)
        finally:
            del error  # as in `Report.set_aside`

    for number, line in source.lines(aside=aside):
        if line.strip():
            report.lose(INLINE_MARKS, f"{source.name}:{number}", has_inline_marks(line))
            yield Document(line_id(number), line)


def has_inline_marks(line: str) -> bool:
    """Whether a line of text holds marks of entities: those of OpenNLP, or a label behind each of its words."""
    if "<START:" in line:
        return _OPENNLP.search(line) is not None
    if "|" not in line and "/" not in line:
        return False
    words = line.split()
    return (
        len(words) >= _FEWEST_WORDS
        and all(map(_LABELLED_WORD.fullmatch, words))
        and "O" in {word[word.rfind("|" if "|" in word else "/") + 1 :] for word in words}
    )


def write_text(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes each document's text on one line, without its entities; documents without text are left out."""
    line = 0
    for document in documents:
        report.lose_annotations(document, entities=False)
        report.lose(ALL_ENTITIES, document.id, len(document.entities))
        text = COLUMN_BREAKS.sub(" ", document.text)
        if not text.strip():
            report.lose(EMPTY_DOCUMENTS, document.id)
            continue
        line += 1
        if line == 1 and text.startswith(MARK_CHARACTER):
            stream.write(MARK_CHARACTER)  # one more, because readers drop the first one of a file
        if text != document.text:
            report.lose(LINE_BREAKS, document.id)
        if document.id != line_id(line):
            report.lose(IDS, document.id)
        stream.write(f"{text}\n")
        report.wrote(0)
