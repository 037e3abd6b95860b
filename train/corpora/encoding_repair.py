"""Encoding repair: texts that were read in the wrong encoding when a corpus was made, such as German ones with Cyrillic
letters for umlauts. Offsets stay as they are.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from cascade.document import Document

EXPECTED = "{as: ENCODING, is: ENCODING}, two encodings of a byte a character, such as {as: cp1251, is: latin-1}"


def is_encoding_repair(value: object) -> bool:
    """Whether `value` names the encoding that texts were read in and the one that they are in, both of a byte a
    character.
    """
    return (
        isinstance(value, dict)
        and set(value) == {"as", "is"}
        and all(isinstance(name, str) and _is_of_bytes(name) for name in value.values())
    )


def with_repaired_encoding(document: Document, repair: Mapping[str, str]) -> Document:
    """The document with each character that the wrong encoding has for a byte replaced by that of the right one;
    others, which neither has, stay.
    """
    return replace(document, text=document.text.translate(_right_by_wrong(repair["as"], repair["is"])))


@cache
def _right_by_wrong(wrong: str, right: str) -> dict[int, str]:
    """What stands for the same byte in the right encoding, by the code of the character in the wrong one."""
    pairs = ((_character(byte, wrong), _character(byte, right)) for byte in range(256))
    return {ord(found): meant for found, meant in pairs if found and meant}


def _is_of_bytes(name: str) -> bool:
    """Whether an encoding has a character for most bytes above those of ASCII, which it shares: UTF-8 and those of
    several bytes a character have none.
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
    """What an encoding has for a byte, nothing where it has none."""
    return bytes([byte]).decode(encoding, errors="ignore")
