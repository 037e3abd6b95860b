"""Finds where sentences begin, by punctuation and line layout alone.

This is good enough to choose where long texts are cut, in any language. There are no lists of abbreviations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import regex

from cascade.text.line_breaks import LineBreak, line_breaks
from cascade.text.pieces import Piece

ENDS = frozenset(".!?…؟۔।॥։።။។")
ENDS_WITHOUT_BLANK = frozenset("。！？｡")  # in scripts written without spaces
CLOSERS = frozenset("\"'”’»)]}」』）】›")
_ALL_ENDS = ENDS | ENDS_WITHOUT_BLANK
_IN_QUOTES = frozenset(".!?…")  # ambiguous inside quotes: `"Go!" Ada said`
_AFTER_NAMES = frozenset(".!…")  # ambiguous after names: `Yahoo! Inc`, `Ada ... Bob`
_PAUSES = frozenset(".…")

_QUOTE = regex.compile(r"[\p{Pi}\p{Pf}\"']")
_OPENER = regex.compile(r"[\p{Ps}\p{Pi}\p{Pf}\"'¿¡]")
_NO_BEGINNING = regex.compile(r"[,;:،؛、，；：\p{Pe}]")
_MARK = regex.compile(r"\p{M}")
_HANGUL = regex.compile(r"\p{Hangul}")  # here a piece is one syllable of a word
# The most letters of a possible abbreviation before a full stop: `Prof`, `Gov`; `dr`, `ul`; `डॉ`, in scripts without
# capitals, where marks count as well. On the dev sentences of 30 corpora, these limits find all but a few
# abbreviations, and take 5 to 30 % of sentence ends for abbreviations (2026-11).
_CAPITALISED, _SMALL, _OTHER, _OTHER_WITH_MARKS = 4, 3, 2, 3

# How often a text has a word in small letters if the word is no name after a title such as `Prof.`; Young may be one.
_TITLE_BEFORE_NAME = 2
_BEFORE_NUMBER = 3  # letters more that an abbreviation may have before a number: `approx. 5`


def sentence_starts(text: str, pieces: Sequence[Piece]) -> list[int]:
    """Indices of the pieces that begin a sentence, including 0; ambiguous places are left out."""
    breaks = line_breaks(text)
    words, runs = _Words(text, pieces), _Runs(text, pieces)
    starts = [
        index
        for index in range(1, len(pieces))
        if breaks.get(pieces[index].start) is LineBreak.END or _begins(text, pieces, index, words, runs)
    ]
    return [0, *starts] if pieces else []


class _Words:
    """What the words of a text tell about a full stop between two of them, without a list of abbreviations."""

    def __init__(self, text: str, pieces: Sequence[Piece]) -> None:
        words = [_of(text, piece) for piece in pieces]
        self._small = Counter(word for word in words if word.islower())
        self._without_stop = {word for word, following in pairwise(words) if following != "."}

    def tell_apart(self, word: str, following: str) -> bool:
        """Whether a sentence certainly ends between two words.

        It does if the text also has the first word without a full stop, so that the word is no abbreviation. It also
        does if the text has the second word in small letters too, so that its capital comes from a sentence start.
        """
        if len(word) > 1 and word.isalpha() and word in self._without_stop and not following.isnumeric():
            return True
        often = _TITLE_BEFORE_NAME if word.istitle() else 1
        return len(following) > 1 and self._small[following.lower()] >= often


class _Runs:
    """Runs of marks around places that are asked for from left to right; each is looked at once, however long it is."""

    def __init__(self, text: str, pieces: Sequence[Piece]) -> None:
        self._text, self._pieces = text, pieces
        self._last_marks: dict[int, int] = {}
        self._marks: tuple[int, int, frozenset[str], bool] = (-1, -1, frozenset(), False)
        self._openers = range(0)

    def last_mark(self, index: int) -> int:
        """The last piece at or before `index` that closes nothing."""
        before = index
        while before > 0 and before not in self._last_marks and _closes(self._text, self._pieces, before):
            before -= 1
        self._last_marks[index] = self._last_marks.get(before, before)
        return self._last_marks[index]

    def marks(self, last: int) -> tuple[int, frozenset[str], bool]:
        """The last piece before the run of ends of sentences that ends with the piece `last`, or -1 before the first
        piece; the characters of the run; whether it is one character.
        """
        if self._marks[0] != last:
            before = last
            while before >= 0 and self._text[self._pieces[before].start] in _ALL_ENDS:
                before -= 1
            run = frozenset(self._text[piece.start] for piece in self._pieces[before + 1 : last + 1])
            self._marks = last, before, run, last - before == 1
        return self._marks[1:]

    def after_openers(self, index: int) -> str:
        """The first piece at or after an index that is no opening mark: in `("¿Qué` it is `Qué`."""
        if index not in self._openers:
            end = index
            while end < len(self._pieces) - 1 and _OPENER.match(self._text[self._pieces[end].start]):
                end += 1
            self._openers = range(index, end + 1)
        return _of(self._text, self._pieces[self._openers[-1]])


def _begins(text: str, pieces: Sequence[Piece], index: int, words: _Words, runs: _Runs) -> bool:
    """Whether a sentence certainly begins at a piece, by the marks before it."""
    first, has_blank = text[pieces[index].start], pieces[index].lead < pieces[index].start
    if first in _ALL_ENDS or _NO_BEGINNING.match(first) or not _may_open(text, pieces, index):
        return False
    last_mark = runs.last_mark(index - 1)
    before, marks, is_one = runs.marks(last_mark)
    is_closed = last_mark < index - 1
    if ENDS_WITHOUT_BLANK & marks:
        return not (is_closed and "ぁ" <= first <= "ゟ")  # a particle in hiragana may follow a quote
    if not marks or not has_blank:
        return False
    following = runs.after_openers(index)
    if following[0].islower():
        return False
    word = _of(text, pieces[before]) if before >= 0 else ""
    if is_one and "." in marks:
        in_quotes = _QUOTE.match(text[pieces[index - 1].start]) is not None
        longer = _BEFORE_NUMBER if following.isnumeric() else 0
        return words.tell_apart(word, following) or not _may_be_short(word, in_quotes=in_quotes, longer=longer)
    if _PAUSES.issuperset(marks) and not following[0].isupper():
        return False
    if is_closed and _IN_QUOTES.issuperset(marks):
        return False
    return not (word[:1].isupper() and _AFTER_NAMES.issuperset(marks))


def _closes(text: str, pieces: Sequence[Piece], index: int) -> bool:
    """Whether a piece closes a bracket or a quote, given the next piece; “ does so at the end of a German word."""
    character, following = text[pieces[index].start], pieces[index + 1]
    return character in CLOSERS or (following.lead < following.start and _QUOTE.match(character) is not None)


def _may_open(text: str, pieces: Sequence[Piece], index: int) -> bool:
    """Whether a piece may open a sentence: it is no closing bracket or quote.

    Quotes directly before a word open; straight ones open only after a blank.
    """
    character = text[pieces[index].start]
    if character not in CLOSERS and not _QUOTE.match(character):
        return True
    before_word = index < len(pieces) - 1 and pieces[index + 1].lead == pieces[index + 1].start
    return before_word and (character not in CLOSERS or pieces[index].lead < pieces[index].start)


def _may_be_short(word: str, *, in_quotes: bool, longer: int) -> bool:
    """Whether a word before a full stop may be an abbreviation, an initial or an ordinal number: `am 3. Oktober`.

    In quotes a full stop ends the sentence, except after an initial or a number. longer: how many more letters an
    abbreviation may have.
    """
    if word.isnumeric():
        return True
    if _HANGUL.match(word) or not word[:1].isalpha():
        return False
    letters = len(_MARK.sub("", word))
    if in_quotes:
        return letters == 1
    if word[0].islower() or word[0].isupper() or word[0].istitle():
        return letters <= (_SMALL if word[0].islower() else _CAPITALISED) + longer
    return letters <= _OTHER + longer and len(word) <= _OTHER_WITH_MARKS + longer


def _of(text: str, piece: Piece) -> str:
    return text[piece.start : piece.end]
