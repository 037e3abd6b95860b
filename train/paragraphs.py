"""Paragraphs: neighbouring sentences of a corpus of running text joined again, as users' texts are paragraphs more often than single sentences."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from cascade.document import Document

MOST_SENTENCES = 4
MOST_CHARACTERS = 450  # about 128 tokens: what is read whole at inference
_ENDS = frozenset(".!?…:;\"'”’»)۔।॥")
_ENDS_WITHOUT_BLANK = frozenset("。！？」』")


def with_paragraphs(documents: Sequence[Document], share: float, source: random.Random) -> list[list[Document]]:
    """Documents in order, in groups of one or of two to MOST_SENTENCES neighbours that make a paragraph; about `share` of them stand in paragraphs."""
    mean_size = (2 + MOST_SENTENCES) / 2
    begins = share / (mean_size - share * (mean_size - 1))  # probability that a paragraph begins, so that paragraphs hold `share` of the documents
    groups: list[list[Document]] = []
    wanted = 1
    for document in documents:
        if groups and len(groups[-1]) < wanted and sum(len(other.text) for other in groups[-1]) + len(document.text) <= MOST_CHARACTERS:
            groups[-1].append(document)
        else:
            wanted = source.randint(2, MOST_SENTENCES) if source.random() < begins else 1
            groups.append([document])
    return groups


def joined(sentences: Sequence[Document]) -> Document:
    """One document of `sentences`, in order, with their entities; what has no full stop, such as a heading, gets a line of its own."""
    if len(sentences) == 1:
        return sentences[0]
    text, entities = "", []
    for sentence in sentences:
        if text:
            text += "" if text[-1] in _ENDS_WITHOUT_BLANK else " " if text[-1] in _ENDS else "\n"
        entities += [replace(entity, start=entity.start + len(text), end=entity.end + len(text)) for entity in sentence.entities]
        text += sentence.text
    return replace(sentences[0], text=text, entities=tuple(entities), tokens=None)
