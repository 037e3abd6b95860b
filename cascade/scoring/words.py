"""Entities as spans of words, as GLiNER's evaluation compares them, so that figures compare with those of GLiNER.

GLiNER 0.2 scores (first word, last word, type); its words are runs of letters and digits, joined by hyphens and
underscores inside, and each other visible character by itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cascade.document import Document, Entity

_WORD = re.compile(r"\w+(?:[-_]\w+)*|\S")

WIDENED = "entities that begin or end inside a word, widened to whole words"
WORDLESS = "entities of no word, which evaluation by words leaves out"


def words_of(document: Document) -> tuple[tuple[int, int], ...]:
    """The words of a document by their offsets: its own tokens, or else those that GLiNER cuts its text into."""
    if document.tokens is not None:
        return document.tokens
    return tuple(match.span() for match in _WORD.finditer(document.text))


@dataclass(frozen=True, slots=True)
class OnWords:
    """A document whose entities begin and end with words; widened, wordless: how many entities were changed or lost."""

    document: Document
    widened: int
    wordless: int


def on_words(document: Document, words: Sequence[tuple[int, int]]) -> OnWords:
    """The document with each entity as the whole words that it touches.

    Entities that are equal then have equal words, as no two spans of words share both offsets.
    """
    starts, ends = [start for start, _ in words], [end for _, end in words]
    entities: list[Entity] = []
    widened = wordless = 0
    for entity in document.entities:
        first, after = bisect_right(ends, entity.start), bisect_left(starts, entity.end)
        if first >= after:
            wordless += 1
            continue
        whole = replace(entity, start=starts[first], end=ends[after - 1])
        widened += whole.span != entity.span
        entities.append(whole)
    return OnWords(document.with_entities(entities, document.adapters), widened, wordless)
