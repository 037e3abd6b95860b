"""Units in which tools count offsets: code points, UTF-16 units, grapheme clusters."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

CODE_POINTS = "code-points"
UTF_16 = "utf-16"  # what JavaScript's `length` counts
GRAPHEMES = "graphemes"  # clusters as doccano's page forms them
UNITS = (CODE_POINTS, UTF_16, GRAPHEMES)
INSIDE = -1  # stands where an offset would cut a character in two
_ABOVE_BMP = re.compile(r"[\U00010000-\U0010FFFF]")


def is_beyond_bmp(text: str) -> bool:
    """Whether the text has a character that takes two UTF-16 units."""
    return _ABOVE_BMP.search(text) is not None


def places(text: str, unit: str) -> Sequence[int]:
    """The code point offset at each offset in `unit`, from 0 to the text's length in that unit.

    INSIDE stands between the two halves of a UTF-16 pair.
    """
    if unit == GRAPHEMES:
        from data_formats.annotation_tools.grapheme_clusters import cluster_starts  # the tables of clusters are long

        return [*cluster_starts(text), len(text)]
    if unit == CODE_POINTS or not is_beyond_bmp(text):
        return range(len(text) + 1)
    found = []
    for position, character in enumerate(text):
        found += [position, INSIDE] if character > "\uffff" else [position]
    return [*found, len(text)]


class Utf16Offsets:
    """Counts the offsets of a text in UTF-16 units."""

    def __init__(self, text: str) -> None:
        self._pairs = [match.start() for match in _ABOVE_BMP.finditer(text)]

    def at(self, position: int) -> int:
        """The offset in UTF-16 units of a code point offset."""
        return position + bisect_left(self._pairs, position)
