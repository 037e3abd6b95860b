"""Where sentences begin, by punctuation and line breaks alone: good enough to choose where long texts are cut, in any language."""

from __future__ import annotations

from collections.abc import Sequence

from cascade.pieces import Piece

ENDS = frozenset(".!?…؟۔।॥")
ENDS_WITHOUT_BLANK = frozenset("。！？｡")  # in scripts written without spaces
CLOSERS = frozenset("\"'”’»)]}」』）】›")
_SHORT = 3  # letters of `Mr`, `Dr`, `Inc`, `Nr`: a full stop after so short a capitalised word may be an abbreviation's


def sentence_starts(text: str, pieces: Sequence[Piece]) -> list[int]:
    """Indices of the pieces that begin a sentence, 0 among them; a place in doubt is none."""
    return [index for index in range(len(pieces)) if index == 0 or _begins(text, pieces, index)]


def _begins(text: str, pieces: Sequence[Piece], index: int) -> bool:
    blank = text[pieces[index].lead : pieces[index].start]
    if "\n" in blank:
        return True
    before = index - 1
    while before > 0 and text[pieces[before].start] in CLOSERS:
        before -= 1
    end = text[pieces[before].start]
    if end in ENDS_WITHOUT_BLANK:
        return text[pieces[index].start] not in CLOSERS
    if end not in ENDS or not blank or text[pieces[index].start].islower():
        return False
    if end != "." or before == 0:
        return True
    word = text[pieces[before - 1].start : pieces[before - 1].end]
    return not ((len(word) == 1 and not "가" <= word <= "힣") or (len(word) <= _SHORT and word.istitle()))  # a piece of Korean is one syllable
