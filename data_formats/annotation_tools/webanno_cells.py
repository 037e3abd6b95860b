"""Cells of WebAnno TSV: escapes, stacked values and the ids that tell which cells are one annotation."""

from __future__ import annotations

import re
from typing import NamedTuple

NO_ANNOTATION, NO_VALUE = "_", "*"
_TEXT_ESCAPES = {"t": "\t", "n": "\n", "f": "\f", "r": "\r", "b": "\b", "\\": "\\"}
_TO_ESCAPE = {character: f"\\{letter}" for letter, character in _TEXT_ESCAPES.items()}
_TO_ESCAPE |= {chr(code): f"\\{chr(code)}" for code in range(32) if not 7 < code < 14}
_IN_TEXT = re.compile(r"[\x00-\x1f\\]")
_IN_VALUE = re.compile(r"->|[\\\[\]|_;\t\n*]")
_STACKED = re.compile(r"(?:[^\\|]|\\.)+", re.DOTALL)
_CELL = re.compile(r"(?P<value>(?:[^\\\[\]]|\\.)*)(?:\[(?P<id>[0-9]{1,18})\])?", re.DOTALL)


class Value(NamedTuple):
    """A value of a cell; None stands for no value. Cells with one `id` are one annotation."""

    value: str | None
    id: int | None


def escaped_text(text: str) -> str:
    """A text without line breaks and tabs; what `plain_text` turns back."""
    return _IN_TEXT.sub(lambda match: _TO_ESCAPE.get(match[0], match[0]), text)


def plain_text(escaped: str) -> str:
    """The text of a `#Text` line."""
    return re.sub(
        r"\\(.)", lambda match: _TEXT_ESCAPES.get(match[1], match[1] if match[1] < " " else match[0]), escaped
    )


def escaped_value(value: str) -> str:
    """A feature's value as a cell holds it."""
    return _IN_VALUE.sub(lambda match: f"\\{ {chr(9): 't', chr(10): 'n'}.get(match[0], match[0]) }", value)


def values(cell: str) -> list[Value] | None:
    """The stacked values of a cell, none if it holds no annotation; None if it cannot be read."""
    if cell == NO_ANNOTATION:
        return []
    found = []
    stacked = _STACKED.findall(cell)
    if "|".join(stacked) != cell:
        return None
    for each in stacked:
        match = _CELL.fullmatch(each)
        if match is None:
            return None
        plain = re.sub(r"\\(.)", lambda escape: {"t": "\t", "n": "\n"}.get(escape[1], escape[1]), match["value"])
        found.append(Value(None if match["value"] == NO_VALUE else plain, int(match["id"]) if match["id"] else None))
    return found
