"""Files that are no text: compressed ones are unpacked as they are read, documents of other programs refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from cascade.errors import FormatError
from data_formats.archives.compression import Decompressing, compression_of_bytes

ZIP, PDF, PARQUET, OLD_OFFICE = b"PK\x03\x04", b"%PDF-", b"PAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE = "save it as plain text (.txt) and give that file"
_READ = "have a program for text recognition (OCR) read it, and give what that writes"
_OTHERS = (  # how a file begins, what it is, and what to do
    (b"\x89PNG\r\n", "a picture (png)", _READ),
    (b"\xff\xd8\xff", "a picture (jpeg)", _READ),
    (b"GIF8", "a picture (gif)", _READ),
    (b"II*\0", "a picture (tiff)", _READ),
    (b"MM\0*", "a picture (tiff)", _READ),
    (b"SQLite format 3\0", "a database (SQLite)", "export the table as CSV and name its column with --text-column"),
)
_PARTS = (  # a part that stands in a zip archive, what has it, and what to do
    ("word/document.xml", "a Word document (docx)", "read it with --from docx, or let its name end with .docx"),
    ("xl/workbook.xml", "an Excel workbook (xlsx)", "save the sheet as CSV and name its column with --text-column"),
    ("content.xml", "an OpenDocument file", f"open it, {_SAVE}"),
    ("META-INF/container.xml", "an e-book (epub)", f"convert it, {_SAVE}"),
)


def plain_lines(stream: BinaryIO, name: str, path: str | None = None) -> Iterator[bytes]:
    """The lines of a binary stream, decompressed if its first bytes are those of a compressed file.

    path: where the stream's file is, to look into zip archives. Raises FormatError for documents of other programs and
    for damaged archives.
    """
    lines = iter(stream)
    first = next(lines, b"")
    compression = compression_of_bytes(first)
    if compression is not None:
        unpacked = io.BufferedReader(Decompressing(first, stream, compression, name))
        lines = iter(unpacked)
        first = next(lines, b"")
        path = None  # of the archive, not of what it holds
    _refuse(first, name, path)
    if first:
        yield first
        yield from lines


def _refuse(first: bytes, name: str, path: str | None) -> None:
    found = next(((what, remedy) for begin, what, remedy in _OTHERS if first.startswith(begin)), None)
    if first.startswith(PDF):
        found = ("a PDF", "read it with --from pdf, or let its name end with .pdf")
    elif first.startswith(ZIP):
        found = _of_zip(first, path)
    elif first.startswith(OLD_OFFICE):
        found = ("a document of older versions of Word or Excel", f"open it there, {_SAVE}")
    elif first.startswith(b"{\\rtf"):
        found = ("a document in rich text (rtf)", f"open it in a word processor, {_SAVE}")
    elif first.startswith(PARQUET) and b"\0" in first:  # no text holds it, and PAR1 is a gene
        found = ("a Parquet file", "read it with --from parquet, or let its name end with .parquet")
    elif compression_of_bytes(first) is not None:
        found = ("compressed twice", "unpack it once")
    if found is not None:
        raise FormatError(f"{name}: the file is {found[0]}; expected text: {found[1]}")


def _of_zip(first: bytes, path: str | None) -> tuple[str, str]:
    """What a zip archive is, and what to do with it; of a stream only the first part is known."""
    import zipfile  # only where it is used

    names: set[str] = set()
    if path is not None:
        try:
            with zipfile.ZipFile(path) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, OSError):
            pass
    for part, found, remedy in _PARTS:
        if part in names or (not names and part.encode() in first):
            return found, remedy
    return "a zip archive", "unpack it and give the files in it"
