"""The text of a file of types."""

from __future__ import annotations

from cascade.errors import TaxonomyError


def text_of(path: str) -> str:
    """The text, without a byte order mark; raises TaxonomyError for what cannot be read or is not UTF-8."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise TaxonomyError(
            f"{path}: cannot be read: {error.strerror}; expected a JSON file or a text file with a type name a line"
        ) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TaxonomyError(
            f"{path}:{line}: byte 0x{content[error.start]:02x} at offset {error.start} is not UTF-8; save the file as "
            "UTF-8"
        ) from error
