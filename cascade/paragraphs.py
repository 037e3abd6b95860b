"""Paragraphs: neighbouring sentences of running text read together, so that each is understood from the others, and taken apart again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cascade.document import Document, Entity

MOST_CHARACTERS = 450  # about 128 tokens: what is read whole
_ENDS = frozenset(".!?…:;\"'”’»)۔।॥")
_ENDS_WITHOUT_BLANK = frozenset("。！？」』")


def in_paragraphs(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Documents in order, in groups of as many neighbours of one language as MOST_CHARACTERS hold; lazily, one document ahead."""
    group: list[Document] = []
    for document in documents:
        if group and not (document.language == group[0].language and fits(group, document)):
            yield group
            group = []
        group.append(document)
    if group:
        yield group


def fits(group: Sequence[Document], document: Document) -> bool:
    """Whether a paragraph of `group` and `document` is not longer than MOST_CHARACTERS."""
    return sum(len(other.text) + 1 for other in group) + len(document.text) <= MOST_CHARACTERS  # one for what stands between


def joined(sentences: Sequence[Document]) -> Document:
    """One document of `sentences`, in order, with their entities; what has no full stop, such as a heading, gets a line of its own."""
    if len(sentences) == 1:
        return sentences[0]
    starts, text = _laid_out(sentences)
    entities = [
        replace(entity, start=entity.start + start, end=entity.end + start)
        for sentence, start in zip(sentences, starts, strict=True)
        for entity in sentence.entities
    ]
    return replace(sentences[0], text=text, entities=tuple(entities), tokens=None)


def apart(paragraph: Document, sentences: Sequence[Document]) -> list[Document]:
    """The `sentences` that were joined to a paragraph, with the paragraph's entities; one that crosses sentences is an entity of each, as far as it reaches."""
    if len(sentences) == 1:
        return [sentences[0].with_entities(paragraph.entities, paragraph.adapters)]
    starts, _ = _laid_out(sentences)
    results = []
    for sentence, start in zip(sentences, starts, strict=True):
        within = [(max(entity.start - start, 0), min(entity.end - start, len(sentence.text)), entity) for entity in paragraph.entities]
        entities = [Entity(begin, end, entity.type, entity.score) for begin, end, entity in within if begin < end]
        results.append(sentence.with_entities(entities, paragraph.adapters))
    return results


def _laid_out(sentences: Sequence[Document]) -> tuple[list[int], str]:
    """Where each sentence starts in the text of all, and that text."""
    starts, text = [], ""
    for sentence in sentences:
        if text:
            text += "" if text[-1] in _ENDS_WITHOUT_BLANK else " " if text[-1] in _ENDS else "\n"
        starts.append(len(text))
        text += sentence.text
    return starts, text
