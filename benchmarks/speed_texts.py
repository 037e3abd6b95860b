"""The texts that `benchmarks.speed` gives to contenders: of the length asked for, and of all lengths where a contender
gets only some.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cascade import Document
from cascade.pipeline.paragraphs import joined

LENGTHS = ("mixed", "short", "long")
SHORT, LONG = 8, 150  # words: a short text has at most so many, a long one at least (GLiNER cuts texts after 384)


def of_length(documents: Iterable[Document], length: str) -> Iterator[Document]:
    """The documents as they are (`mixed`), those of a few words (`short`), or neighbours joined to texts of many words
    (`long`); a rest that is too short is left out.
    """
    group: list[Document] = []
    for document in documents:
        if length == "mixed" or (length == "short" and words(document) <= SHORT):
            yield document
        elif length == "long":
            group.append(document)
            if sum(map(words, group)) >= LONG:
                yield joined(group)
                group = []


def words(document: Document) -> int:
    """The number of words, as blanks part them."""
    return len(document.text.split())


def places_of_all_lengths(documents: Sequence[Document], count: int) -> list[int]:
    """The places of so many documents, in order: of equal parts by length the middle one of each, so that they are
    about as long on average.
    """
    by_length = sorted(range(len(documents)), key=lambda place: len(documents[place].text))
    return sorted({by_length[(2 * part + 1) * len(documents) // (2 * count)] for part in range(count)})


def of_all_lengths(documents: Sequence[Document], count: int) -> list[Document]:
    """So many of the documents, of all lengths."""
    return [documents[place] for place in places_of_all_lengths(documents, count)]
