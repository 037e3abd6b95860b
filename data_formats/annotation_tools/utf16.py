"""Offsets in UTF-16 units, as Java counts them: a character above U+FFFF takes two."""

from __future__ import annotations

import re
from bisect import bisect_left

_ABOVE = re.compile(r"[\U00010000-\U0010FFFF]")


def is_beyond_bmp(text: str) -> bool:
    """Whether the text has a character that takes two UTF-16 units."""
    return _ABOVE.search(text) is not None


class Utf16Text:
    """Converts the offsets of a text between characters (code points) and UTF-16 units."""

    def __init__(self, text: str) -> None:
        self._pairs = [match.start() for match in _ABOVE.finditer(text)]
        self._units = [place + number for number, place in enumerate(self._pairs)]
        self.length = len(text) + len(self._pairs)

    def units(self, offset: int) -> int:
        """The offset in UTF-16 units of an offset in characters."""
        return offset + bisect_left(self._pairs, offset)

    def offset(self, units: int) -> int | None:
        """The offset in characters of one in UTF-16 units; None outside the text and between the halves of a pair."""
        pairs = bisect_left(self._units, units)
        inside = pairs > 0 and self._units[pairs - 1] + 1 == units
        return units - pairs if 0 <= units <= self.length and not inside else None
