"""Units in which tools count offsets: code points, UTF-16 units, grapheme clusters."""

from __future__ import annotations

from collections.abc import Sequence

from data_formats.annotation_tools.utf16 import is_beyond_bmp

CODE_POINTS = "code-points"
UTF_16 = "utf-16"  # what JavaScript's `length` counts
GRAPHEMES = "graphemes"  # clusters as doccano's page forms them
UNITS = (CODE_POINTS, UTF_16, GRAPHEMES)
MOST_GAP = 1_000_000  # of a document without text, which becomes blanks: no number may ask for any amount of memory
MOST_DIGITS = 18  # of an offset; no text is as long, and Python refuses to convert thousands of digits
INSIDE = -1  # stands where an offset would cut a character in two


def offset_of(digits: str) -> int | None:
    """The offset that digits spell; None for anything else, and for more digits than any offset has."""
    plain = digits.strip()
    return int(plain) if plain.isdecimal() and len(plain) <= MOST_DIGITS else None


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
