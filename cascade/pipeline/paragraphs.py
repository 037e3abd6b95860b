"""Paragraphs: neighbouring sentences of running text read together, so that each is understood from the others, and
taken apart again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.languages.identification import language_code
from cascade.text.sentences import CLOSERS, ENDS, ENDS_WITHOUT_BLANK

# after others, such as a heading's last word, the next sentence begins on a line of its own
_ENDS_OF_LINES = ENDS | CLOSERS | frozenset(":;")
_ENDS_WITHOUT_BLANK = ENDS_WITHOUT_BLANK | frozenset("」』")


def check_paragraphs(*, alone: bool, demonstrations: bool) -> None:
    """Raises CascadeError for what cannot be done while neighbours are read together."""
    if alone:
        raise CascadeError(
            "exact results, of each text by itself, and paragraphs, of neighbours together, are both asked for; "
            "expected one of them"
        )
    if demonstrations:
        raise CascadeError(
            "demonstrations, which are retrieved for each text, and paragraphs of several texts are both asked for; "
            "expected one of them"
        )


_MOST = 256  # documents of a group: blank ones take no room, and would be read ahead without end


def in_paragraphs(documents: Iterable[Document], fits: Callable[[str], bool]) -> Iterator[list[Document]]:
    """Documents in order, in groups of as many neighbours as make a text that `fits`, one document at least; lazily,
    one document ahead.

    Neighbours that name different languages are not put together; a tag that is not known names none.
    """
    group: list[Document] = []
    for document in documents:
        if group and not (
            len(group) < _MOST  # texts without a character add nothing to what must fit
            and language_code(document.language) == language_code(group[0].language)
            and fits(laid_out([*group, document])[0])
        ):
            yield group
            group = []
        group.append(document)
    if group:
        yield group


def in_chunks(groups: Iterable[list[Document]], size: int) -> Iterator[list[list[Document]]]:
    """Groups of neighbours, as many at a time as hold `size` documents."""
    chunk: list[list[Document]] = []
    held = 0
    for group in groups:
        chunk.append(group)
        held += len(group)
        if held >= size:
            yield chunk
            chunk, held = [], 0
    if chunk:
        yield chunk


def laid_out(sentences: Sequence[Document]) -> tuple[str, list[int]]:
    """The text of all sentences, and where each starts in it; what has no full stop, such as a heading, gets a line of
    its own.
    """
    text, starts = "", []
    for sentence in sentences:
        if text:
            text += "" if text[-1] in _ENDS_WITHOUT_BLANK else " " if text[-1] in _ENDS_OF_LINES else "\n"
        starts.append(len(text))
        text += sentence.text
    return text, starts


def joined(sentences: Sequence[Document]) -> Document:
    """One document of `sentences`, in order, with their entities."""
    if len(sentences) == 1:
        return sentences[0]
    text, starts = laid_out(sentences)
    entities = [
        replace(entity, start=entity.start + start, end=entity.end + start)
        for sentence, start in zip(sentences, starts, strict=True)
        for entity in sentence.entities
    ]
    return replace(sentences[0], text=text, entities=tuple(entities), tokens=None)


def apart(paragraph: Document, sentences: Sequence[Document]) -> list[Document]:
    """The `sentences` that were joined to a paragraph, with the paragraph's entities; one that crosses sentences is an
    entity of each, as far as it reaches.
    """
    if len(sentences) == 1:
        return [sentences[0].with_entities(paragraph.entities, paragraph.adapters)]
    _, starts = laid_out(sentences)
    results = []
    for sentence, start in zip(sentences, starts, strict=True):
        parts = [_within(sentence.text, entity, start) for entity in paragraph.entities]
        results.append(sentence.with_entities([part for part in parts if part is not None], paragraph.adapters))
    return results


def _within(text: str, entity: Entity, start: int) -> Entity | None:
    """What of a paragraph's entity lies in a sentence that starts at `start`, a part of it without blanks at its ends;
    None where nothing does.
    """
    first, last = max(entity.start - start, 0), min(entity.end - start, len(text))
    if last - first == entity.end - entity.start:
        return replace(entity, start=first, end=last)
    while first < last and text[first].isspace():
        first += 1
    while first < last and text[last - 1].isspace():
        last -= 1
    return replace(entity, start=first, end=last) if first < last else None
