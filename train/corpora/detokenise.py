"""Makes tokenised text natural again: most corpora have blanks around punctuation, users' texts do not."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

import regex

from cascade.document import Document

# blanks that natural text does not have: before closing punctuation, after opening punctuation, within clitics and
# inside paired quotes
_BLANK = regex.compile(
    r" (?=[,.;:!?)\]}%…。，、；：！？）】」』»”’]|n't\b|'(?:s|re|ve|ll|d|m)\b)|(?<=[(\[{«“‘（【「『$€£]) "
)
_QUOTED = regex.compile(r"(?<!\S)(['\"]) ([^'\"]*?) \1(?!\S)")
_HYPHEN = regex.compile(r"(?<=\p{L}) - (?=\p{L})")


def detokenised(document: Document, *, join_hyphens: bool = False) -> Document:
    """`document` without the blanks that tokenisation added; entities keep their characters, except dropped blanks.
    One that holds nothing else is left out.

    join_hyphens: also join `word - word`, for corpora that split hyphenated words.
    """
    text = document.text
    drop = {match.start() for match in _BLANK.finditer(text)}
    for match in _QUOTED.finditer(text):
        drop |= {match.start() + 1, match.end() - 2}
    if join_hyphens:
        for match in _HYPHEN.finditer(text):
            drop |= {match.start(), match.end() - 1}
    dropped = sorted(drop)

    def moved(position: int) -> int:
        return position - bisect_left(dropped, position)

    kept = "".join(character for index, character in enumerate(text) if index not in drop)
    entities = tuple(
        replace(entity, start=moved(entity.start), end=moved(entity.end))
        for entity in document.entities
        if moved(entity.start) < moved(entity.end)
    )
    return replace(document, text=kept, entities=entities, tokens=None)
