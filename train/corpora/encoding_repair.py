"""Repairs texts that were decoded with the wrong encoding when a corpus was made; offsets stay the same.

An example is German text with Cyrillic letters for umlauts.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from cascade.document import Document

EXPECTED = "{as: ENCODING, is: ENCODING}, two encodings of a byte a character, such as {as: cp1251, is: latin-1}"


def is_encoding_repair(value: object) -> bool:
    """Whether `value` names the encoding that texts were decoded with and the right one.

    Both must have one byte a character.
    """
    return (
        isinstance(value, dict)
        and set(value) == {"as", "is"}
        and all(isinstance(name, str) and _is_of_bytes(name) for name in value.values())
    )


def with_repaired_encoding(document: Document, repair: Mapping[str, str]) -> Document:
    """The document with each wrongly decoded character replaced by the right one; all other characters stay."""
    return replace(document, text=document.text.translate(_right_by_wrong(repair["as"], repair["is"])))


@cache
def _right_by_wrong(wrong: str, right: str) -> dict[int, str]:
    """The right character for each wrong one, by the code of the wrong one; both stand for the same byte."""
    pairs = ((_character(byte, wrong), _character(byte, right)) for byte in range(256))
    return {ord(found): meant for found, meant in pairs if found and meant}


def _is_of_bytes(name: str) -> bool:
    """Whether an encoding shares ASCII and has a character for most bytes above it.

    UTF-8 and encodings with several bytes a character do not.
    """
    try:
        if codecs.lookup(name).name.startswith("utf"):
            return False
        characters = [_character(byte, name) for byte in range(256)]
    except (LookupError, UnicodeError):
        return False
    return (
        characters[:128] == [chr(byte) for byte in range(128)]
        and sum(len(character) == 1 for character in characters[128:]) > 64
    )


def _character(byte: int, encoding: str) -> str:
    """The character that an encoding has for a byte, or "" if it has none."""
    return bytes([byte]).decode(encoding, errors="ignore")
