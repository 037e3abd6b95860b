"""White space between tokens: joins tokens into a text, and splits a text into tokens."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

JOINS = {"space": " ", "none": ""}
UNSPACED_SCRIPTS: tuple[str, ...] = (
    "CJK ",
    "IDEOGRAPHIC ",
    "HIRAGANA ",
    "KATAKANA ",
    "KATAKANA-",
    "HALFWIDTH KATAKANA ",
    "BOPOMOFO ",
)
UNSPACED_SCRIPTS += ("THAI ", "LAO ", "KHMER ", "MYANMAR ", "TIBETAN ")
ZERO_WIDTH_JOINERS = "\u200c\u200d"  # occur inside words of Persian and Indic scripts, and inside emoji


class JoinRule:
    """Decides from all tokens of a file how they are joined into texts.

    Tokens are joined with nothing if the file keeps its white space as tokens, or if most tokens with letters begin in
    a script written without spaces (Han, Kana, Thai, Lao, Khmer, Burmese, Tibetan); otherwise with one space. A file
    keeps its white space if some token is a plain blank. It also does if it has more tokens of other white space than
    places where words of several letters meet: a stray no-break space must not join all words of a file.
    """

    def __init__(self) -> None:
        self._own = False
        self._blanks = 0
        self._meetings = 0
        self._spaced = 0
        self._unspaced = 0

    def add(self, tokens: Iterable[str]) -> None:
        """Counts the tokens of a sentence."""
        before = " "
        for token in tokens:
            if token.isspace():
                self._own = self._own or token == " "
                self._blanks += 1
            elif token[0].isalpha():
                self._meetings += len(before) > 1 and len(token) > 1 and _ends_in_letter(before)
                if is_unspaced(token[0]):
                    self._unspaced += 1
                else:
                    self._spaced += 1
            before = token

    @property
    def is_decided(self) -> bool:
        """Whether any token so far helped to decide."""
        return bool(self._blanks or self._spaced or self._unspaced)

    @property
    def join(self) -> str:
        """The way to join: 'none' or 'space'."""
        return "none" if self._own or self._blanks > self._meetings or self._unspaced > self._spaced else "space"


def _ends_in_letter(token: str) -> bool:
    """Whether the last character that is no mark is a letter."""
    return next((character.isalpha() for character in reversed(token) if not is_mark(character)), False)


def joined(tokens: Sequence[str], join: str, glued: Sequence[bool] = ()) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text of the tokens joined by 'space' or 'none', and the offsets of each token.

    glued: for each token whether nothing follows it even so.
    """
    between = JOINS[join]
    parts = []
    offsets = []
    position = 0
    for place, token in enumerate(tokens):
        offsets.append((position, position + len(token)))
        gap = "" if place < len(glued) and glued[place] else between
        parts += [token, gap]
        position += len(token) + len(gap)
    return "".join(parts[:-1]), tuple(offsets)


def tokenised(text: str) -> tuple[tuple[int, int], ...]:
    """The offsets of the tokens of a plain text.

    A token is a run of letters, digits and underscores, or any other single character that is not white space. A letter
    of a script written without spaces is a token of its own. Combining marks and zero-width joiners belong to the token
    before them.
    """
    tokens: list[tuple[int, int]] = []
    previous = "space"
    for position, character in enumerate(text):
        kind = _kind(character)
        if kind == "mark" and previous != "space":
            tokens[-1] = (tokens[-1][0], position + 1)
            continue
        if kind == "mark":
            kind = "word"
        if kind == "word" and previous == "word":
            tokens[-1] = (tokens[-1][0], position + 1)
        elif kind != "space":
            tokens.append((position, position + 1))
        previous = kind
    return tuple(tokens)


@lru_cache(maxsize=65536)
def is_unspaced(character: str) -> bool:
    """Whether the character is a letter of a script written without spaces between words."""
    return character.isalpha() and unicodedata.name(character, "").startswith(UNSPACED_SCRIPTS)


@lru_cache(maxsize=65536)
def is_mark(character: str) -> bool:
    """Whether the character is a combining mark or a zero-width joiner; these belong to the character before them."""
    return unicodedata.category(character).startswith("M") or character in ZERO_WIDTH_JOINERS


def cuts_words(start: int, end: int, text: str) -> bool:
    """Whether a span begins or ends inside a word, or before a combining mark or joiner.

    Scripts written without spaces have no words that could be cut.
    """

    def inside(position: int) -> bool:
        if not 0 < position < len(text):
            return False
        if is_mark(text[position]):
            return not text[position - 1].isspace()
        before = position - 1
        while before > 0 and is_mark(text[before]):  # go back to the letter that the marks belong to
            before -= 1
        return all(text[place].isalnum() and not is_unspaced(text[place]) for place in (before, position))

    return inside(start) or inside(end)


@lru_cache(maxsize=65536)
def _kind(character: str) -> str:
    if character.isspace():
        return "space"
    if is_mark(character):
        return "mark"
    if is_unspaced(character):
        return "single"
    return "word" if character.isalnum() or character == "_" else "other"
