"""What is left of replaced texts in a result: exact repeats are replaced, other remains are found here."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import regex

from cascade.integrations.redaction.spans import UNSPACED

SHORTEST_LEFTOVER = 4  # characters of a text whose remains inside longer words are looked for; shorter ones are chance
SHORTEST_UNSPACED = 2  # of a text in a script without blanks between words, where two characters are a name
SHORTEST_WORD = 3  # letters of a part of a name that is looked for in ids
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]+")
_CHARACTER = regex.compile(r".\p{M}*", regex.DOTALL)
_MADE = regex.compile(r"(?:document|item|line|row|text)-[\d.]+$")  # ids of documents that had none


def leftovers(text: str, replaced: Sequence[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """Where a replaced text is left in a redacted one, whatever its case, also inside words; in order.

    replaced: where replacements stand in the text, and what stood there; what they hold themselves is not looked at.
    """
    folded, starts, ends = _folded(text)
    wanted = {_plain(original) for _, _, original in replaced if len(original) >= _shortest(original)}
    found = set()
    for each in sorted(wanted):
        place = folded.find(each)
        while place >= 0:
            first, last = starts[place], ends[place + len(each) - 1]
            if all(last <= start or stop <= first for start, stop, _ in replaced):
                found.add((first, last))
            place = folded.find(each, place + 1)
    return sorted(found)


def is_named_in(name: str, original: str) -> bool:
    """Whether a name, such as that of a file, holds a text or one of its words.

    A text is found whatever stands between its letters and digits; a word only as a whole word of the name.
    """
    wanted = _letters(original)
    if len(wanted) >= _shortest(original) and wanted in _letters(name):
        return True
    return not _words(original).isdisjoint(_words(_MADE.sub("", name)))


def _shortest(original: str) -> int:
    return SHORTEST_UNSPACED if UNSPACED.search(original) else SHORTEST_LEFTOVER


def _words(text: str) -> set[str]:
    return {each for each in _WORD.findall(_plain(text)) if len(each) >= SHORTEST_WORD}


def _plain(text: str) -> str:
    """The text in one case and with uniform accents: names of files may have theirs as characters of their own."""
    return unicodedata.normalize("NFC", text.casefold())


def _folded(text: str) -> tuple[str, list[int], list[int]]:
    """The text as `_plain` gives it, and where in the text the character begins and ends that each of it comes from."""
    folded, starts, ends = "", list[int](), list[int]()
    for match in _CHARACTER.finditer(text):
        made = _plain(match[0])
        folded += made
        starts += [match.start()] * len(made)
        ends += [match.end()] * len(made)
    return folded, starts, ends


def _letters(text: str) -> str:
    return "".join(each for each in _plain(text) if each.isalnum())
