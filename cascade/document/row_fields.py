"""Further values of a document's row: what JSON and UTF-8 can hold of them."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from cascade.errors import shown

MOST_NESTED = 100  # levels of lists and objects; far below what Python can write as JSON


def unwritable(fields: Mapping[str, object]) -> str | None:
    """What stands in the fields that no JSON file can hold, in words; None where all can be written."""
    waiting: list[tuple[object, int]] = [(fields, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
                return "a lone surrogate, which is not valid Unicode; repair the source's encoding"
        elif isinstance(value, float):
            if not isfinite(value):
                return f"{value}, which is no number of JSON; expected null or a text"
        elif isinstance(value, Mapping | list | tuple):
            if depth > MOST_NESTED:
                return f"values nested more than {MOST_NESTED} levels deep; expected fewer"
            inner = [*value.keys(), *value.values()] if isinstance(value, Mapping) else value
            waiting += [(each, depth + 1) for each in inner]
        elif value is not None and not isinstance(value, bool | int):
            return f"a {type(value).__name__}, {shown(value)}, which JSON has no form for; expected a text or a number"
    return None
