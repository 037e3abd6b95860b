"""Tells predicted offsets that count otherwise than gold ones: what is one off, or in bytes, scores as nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import accumulate
from typing import TypeAlias

from cascade.document import Document

Span: TypeAlias = tuple[int, int]
Pairs: TypeAlias = Iterable[tuple[Document, Document | None]]

_WORD = re.compile(r"\S+")
_LEAST_RIGHT = 0.5  # of the predicted spans, read the other way
_LEAST_GAIN = 0.1  # of the predicted spans: fewer are found by chance, as in "U.S." and "U.S"


def other_offsets(pairs: Pairs) -> str | None:
    """What the predicted offsets seem to be and how many spans would then be right; None where they seem right.

    pairs: gold documents with their predictions.  They seem to be something else if half of all predicted spans are
    gold ones when they are read so, and a tenth more than are as they stand.
    """
    read = [
        (truth.text, {each.span for each in truth.entities}, {each.span for each in answer.entities})
        for truth, answer in pairs
        if answer is not None and answer.entities
    ]
    total = sum(len(spans) for *_, spans in read)
    stand = sum(len(gold & spans) for _, gold, spans in read)
    if stand > (1 - _LEAST_GAIN) * total:
        return None
    ways = {
        told: sum(len(gold & set(read_so(text, spans))) for text, gold, spans in read)
        for told, read_so in _WAYS.items()
    }
    best = max(ways, key=lambda told: ways[told])
    if ways[best] < max(_LEAST_RIGHT * total, stand + _LEAST_GAIN * total, 1):
        return None
    return f"{best}: read so, {ways[best]:,} of {total:,} would be gold spans, and {stand:,} are as they stand"


def _moved(text: str, spans: Iterable[Span], *, first: int, last: int) -> Iterator[Span]:
    """The spans with begins and ends that are so much further."""
    return ((start + first, end + last) for start, end in spans)


def _in_characters(text: str, spans: Iterable[Span], *, size: Callable[[str], int]) -> Iterator[Span]:
    """The spans that begin and end at characters of the text, by characters; size: units of a character."""
    if text.isascii():
        yield from spans
        return
    place_of = {place: index for index, place in enumerate(accumulate(map(size, text), initial=0))}
    for start, end in spans:
        if start in place_of and end in place_of:
            yield place_of[start], place_of[end]


def _of_words(text: str, spans: Iterable[Span], *, further: int) -> Iterator[Span]:
    """The spans of words between blanks, by characters; further: how many words the end is too small by."""
    words = [match.span() for match in _WORD.finditer(text)]
    for start, end in spans:
        if start < end + further <= len(words):
            yield words[start][0], words[end + further - 1][1]


_WAYS: dict[str, Callable[[str, Iterable[Span]], Iterator[Span]]] = {
    "ends that include the last character": partial(_moved, first=0, last=1),
    "ends that are one too far": partial(_moved, first=0, last=-1),
    "offsets that count from 1": partial(_moved, first=-1, last=-1),
    "offsets that count from 1 and include the last character": partial(_moved, first=-1, last=0),
    "offsets that are one too small": partial(_moved, first=1, last=1),
    "offsets in bytes of UTF-8": partial(_in_characters, size=lambda character: len(character.encode())),
    "offsets in units of UTF-16": partial(_in_characters, size=lambda character: 1 + (character > "\uffff")),
    "indices of words": partial(_of_words, further=0),
    "indices of words that include the last word": partial(_of_words, further=1),
}
