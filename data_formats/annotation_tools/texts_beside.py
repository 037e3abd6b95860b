"""Texts that stand in files of their own beside a table of mentions."""

from __future__ import annotations

import os

from cascade.errors import FormatError
from data_formats.text_files import BYTE_ORDER_MARK, Source

FOLDERS = ("txt", "text", "texts", "text_files", "documents")  # as Spanish shared tasks call theirs


def text_beside(source: Source, identifier: str) -> str | None:
    """The text of a file of this name, or of this name with .txt; None if there is none.

    It is looked for beside the table, and in folders that are called as FOLDERS, beside it or beside its own folder.
    Line ends are kept, as offsets count them.
    """
    if os.path.basename(identifier) != identifier or identifier in ("", ".", ".."):
        return None
    folder = os.path.dirname(source.path)
    places = [folder, *(os.path.join(above, name) for above in (folder, _above(folder)) for name in FOLDERS)]
    for place in places:
        for name in (identifier, f"{identifier}.txt"):
            path = os.path.join(place, name)
            if os.path.isfile(path):
                return decoded(Source(path).content().removeprefix(BYTE_ORDER_MARK), path)
    return None


def decoded(raw: bytes, name: str) -> str:
    """The bytes of the file `name` as text; raises FormatError for what is not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{name}:{line}: byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from error


def _above(folder: str) -> str:
    return os.path.join(folder, os.pardir)
