"""Which characters of a text are replaced: spans of entities and patterns, made one layer, and checked."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from cascade.errors import RedactionError

# scripts that are written without blanks between words, and Hangul, whose particles follow names without one
UNSPACED = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}"
    r"\p{Script=Khmer}\p{Script=Myanmar}ー々]"
)
_ZERO_WIDTH_JOINER = "\u200d"
_JAMO, _LATER_JAMO = regex.compile("[\u1100-\u11ff]"), regex.compile("[\u1160-\u11ff]")  # parts of a Hangul syllable
_SKIN_TONE = regex.compile("[\U0001f3fb-\U0001f3ff]")
_FLAG_LETTER = regex.compile("[\U0001f1e6-\U0001f1ff]")
_FLAG_LETTERS = regex.compile("[\U0001f1e6-\U0001f1ff]+$")


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A span that is to be replaced; `origin` says who found it: model, pattern or repeat."""

    start: int
    end: int
    type: str
    origin: str = "model"
    score: float | None = None

    @property
    def where(self) -> str:
        """Its place and type, without its text, which messages must not give away."""
        return f"{self.start}..{self.end} ({self.type})"


def one_layer(found: Iterable[Found]) -> tuple[list[Found], int]:
    """The spans without those that lie within others, in order, and the number of those that were left out.

    Of two on the same characters, that of a pattern stays, then the likelier one.  Raises RedactionError where two
    cross.
    """
    rank = {"pattern": 0, "model": 1, "repeat": 2}
    ordered = sorted(found, key=lambda each: (each.start, -each.end, rank[each.origin], -(each.score or 0.0)))
    kept: list[Found] = []
    for each in ordered:
        before = kept[-1] if kept else None
        if before is None or each.start >= before.end:
            kept.append(each)
        elif each.end > before.end:
            raise RedactionError(f"{before.where} and {each.where} overlap; expected spans apart or within each other")
    return kept, len(ordered) - len(kept)


def check_borders(text: str, found: Iterable[Found]) -> None:
    """Raises RedactionError for a span that begins or ends inside a word or a character of several code points.

    What would be left of it could still tell the name.
    """
    for each in found:
        for place in (each.start, each.end):
            if cuts_word(text, place):
                raise RedactionError(
                    f"{each.where} begins or ends inside a word, at character {place}; expected whole words"
                )


def cuts_word(text: str, place: int) -> bool:
    """Whether a word or a character of several code points goes on at a place between two code points."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if _is_mark(after) or _ZERO_WIDTH_JOINER in (before, after) or "\ufe00" <= after <= "\ufe0f":
        return True
    if _JAMO.match(before) and _LATER_JAMO.match(after) or _SKIN_TONE.match(after):
        return True
    if _FLAG_LETTER.match(before) and _FLAG_LETTER.match(after):  # two make a flag
        return bool((place - len(_FLAG_LETTERS.sub("", text[:place]))) % 2)
    if not (_in_word(before) and _in_word(after)):
        return False
    return not (UNSPACED.match(before) or UNSPACED.match(after))


def _in_word(character: str) -> bool:
    return character.isalnum() or _is_mark(character)


def _is_mark(character: str) -> bool:
    """Whether it belongs to the letter before: an accent, or a vowel sign, which has no combining class in India."""
    return unicodedata.category(character).startswith("M")


def occurrences(text: str, wanted: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where one of some texts occurs as whole words, in order; the longest where several begin at one place."""
    if not wanted:
        return
    longest_first = sorted(set(wanted), key=len, reverse=True)
    either = regex.compile("|".join(map(regex.escape, longest_first)))
    place = 0
    while match := either.search(text, place):
        start = match.start()
        # the longest may cut a word where a shorter one does not, as Max Bau in Max Bauer
        ends = (start + len(each) for each in longest_first if text.startswith(each, start))
        end = None if cuts_word(text, start) else next((end for end in ends if not cuts_word(text, end)), None)
        if end is not None:
            yield start, end
        place = start + 1 if end is None else end
