"""What offsets seem to count, where the text at them is another than the one that an entity states."""

from __future__ import annotations

from data_formats.annotation_tools.utf16 import Utf16Text


def offset_hint(text: str, start: int, end: int, stated: str) -> str:
    """What the offsets seem to count instead of characters from 0 to before the end; empty if that cannot be told."""
    units = Utf16Text(text)
    first, last = units.offset(start), units.offset(end)
    if first is not None and last is not None and text[first:last] == stated:
        return " (offsets seem to be UTF-16 units; expected characters)"
    if text[start : end + 1] == stated:
        return " (the end seems to be included; ours is not)"
    if start and text[start - 1 : end] == stated:
        return " (offsets seem to count from 1; ours from 0)"
    tokens, words = text.split(), stated.split()
    if words and words in (tokens[start:end], tokens[start : end + 1]):
        return " (offsets seem to be indices of tokens; expected those of characters)"
    return ""
