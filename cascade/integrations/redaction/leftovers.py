"""What is left of replaced texts in a result: exact repeats are replaced, other remains are found here."""

from __future__ import annotations

from collections.abc import Sequence

SHORTEST_LEFTOVER = 4  # characters of a text whose remains inside longer words are looked for; shorter ones are chance


def leftovers(text: str, replaced: Sequence[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """Where a replaced text is left in a redacted one, whatever its case, also inside words; in order.

    replaced: where replacements stand in the text, and what stood there; what they hold themselves is not looked at.
    """
    folded = _folded(text)
    wanted = {_folded(original) for _, _, original in replaced if len(original) >= SHORTEST_LEFTOVER}
    found = []
    for each in sorted(wanted):
        place = folded.find(each)
        while place >= 0:
            end = place + len(each)
            if all(end <= start or stop <= place for start, stop, _ in replaced):
                found.append((place, end))
            place = folded.find(each, place + 1)
    return sorted(found)


def is_named_in(name: str, original: str) -> bool:
    """Whether a name, such as that of a file, holds a text, whatever stands between its letters and digits."""
    wanted = _letters(original)
    return len(wanted) >= SHORTEST_LEFTOVER and wanted in _letters(name)


def _folded(text: str) -> str:
    """The text in small letters, each character in its place."""
    return "".join(low if len(low := each.lower()) == 1 else each for each in text)


def _letters(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())
