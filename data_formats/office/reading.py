"""PDF and Word files, one document a file: the text that is extracted, to which all offsets refer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from cascade.document import Document
from cascade.errors import FormatError
from data_formats.read_options import ReadOptions
from data_formats.report import EMPTY_FILES, Report
from data_formats.text_files import STANDARD_STREAM, Source


def read_pdf(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """One document of all pages, with an empty line between them; pages without text are counted.

    Raises FormatError for files that are encrypted, broken or without any text, such as scanned ones, and where the
    package pypdf is missing.
    """
    from data_formats.office.pdf_text import pdf_text  # only where it is used

    yield from _documents(source, pdf_text, report)


def read_docx(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """One document of all paragraphs and tables in reading order, with an empty line between them.

    The rows of a table are lines, its cells stand between tabs. What is not in the running text is counted: headers
    and footers, notes, text boxes, deleted text. Raises FormatError for files that are encrypted or broken, and where
    the package python-docx is missing.
    """
    from data_formats.office.docx_text import docx_text  # only where it is used

    yield from _documents(source, docx_text, report)


def _documents(source: Source, text_of: Callable[[bytes, str, Report], str], report: Report) -> Iterator[Document]:
    """The file's document; one that cannot be read is set aside where the report takes it."""
    try:
        text = text_of(_content(source), source.name, report)
    except FormatError as error:
        if isinstance(error.__cause__, ImportError):  # a missing package is no fault of the file
            raise
        report.set_aside(error, source.name, os.path.basename(source.name), "")
        return
    yield from _document(source, text, report)


def _document(source: Source, text: str, report: Report) -> Iterator[Document]:
    # extractors may give halves of UTF-16 pairs, which are no characters
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    report.lose(EMPTY_FILES, source.name, not whole)
    yield Document(os.path.basename(source.name), whole)


def _content(source: Source) -> bytes:
    if source.path == STANDARD_STREAM:
        raise FormatError("<stdin>: PDF and Word files are read by name; save the file and name it")
    try:
        with open(source.path, "rb") as file:
            return file.read()
    except OSError as error:
        raise FormatError(f"{source.name}: cannot be read: {error.strerror}; expected a file") from error


OFFICE: tuple[dict[str, Any], ...] = (
    {
        "name": "pdf",
        "description": "PDF, a document a file (needs the package pypdf)",
        "extensions": (".pdf",),
        "read": read_pdf,
        "is_binary": True,
    },
    {
        "name": "docx",
        "description": "Word, a document a file (needs the package python-docx)",
        "extensions": (".docx",),
        "read": read_docx,
        "is_binary": True,
    },
)
