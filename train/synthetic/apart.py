"""Keeps synthetic documents apart from texts that they will be measured with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cascade.document import Document
from data_formats import read
from train.synthetic.rendering import Value

WORDS_IN_A_ROW = 8  # marks and single characters of Chinese and Japanese count as words
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+|[^\w\s]")
# what stands in any text: a letter, a number of four digits at most, such as a year, a percentage, a clock's time
_TELLS_NOTHING = re.compile(
    r"\w?[^\w\s]?|\d{1,4}|(?=.{3,5}$)\d+[.,]\d+|[%٪]?\d{1,3}(?:[.,]\d)? ?[%％٪]?|\d{1,2}[:：]\d{2}"
)


class Apart:
    """What documents must not share with some texts: entities' values, and words in a row, whatever their letters."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._values: set[str] = set()
        self._rows: set[tuple[str, ...]] = set()
        for document in documents:
            self._values.update(filter(_tells, (_same(document.text[e.start : e.end]) for e in document.entities)))
            self._rows.update(_rows(document.text))

    def shares(self, value: Value) -> bool:
        """Whether a drawn document has something of the texts."""
        values = (_same(value.text[start:end]) for start, end, _ in value.spans)
        return not self._values.isdisjoint(values) or not self._rows.isdisjoint(_rows(value.text))


def apart_from(files: Iterable[Path]) -> Apart:
    """What documents must not share with the texts of data files in any read format."""
    return Apart(document for file in files for document in read(file))


def _same(text: str) -> str:
    return " ".join(text.casefold().split())


def _tells(value: str) -> bool:
    return _TELLS_NOTHING.fullmatch(value) is None


def _rows(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return (tuple(words[first : first + WORDS_IN_A_ROW]) for first in range(len(words) - WORDS_IN_A_ROW + 1))
