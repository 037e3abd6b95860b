"""Demonstrations: labelled examples retrieved for a text and read in front of it, as RetrieveAll (arXiv 2505.19128) proposes on two levels.

Sentence level: the labelled sentence that is most like the text.  Entity level: labelled mentions whose words occur in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cascade.decisions import flat
from cascade.document import Document
from cascade.errors import CascadeError
from cascade.pieces import covering, cut
from cascade.tokens import PieceTokens

KINDS = ("none", "sentence", "entity", "both")
_LONGEST = 40  # pieces of a sentence that is shown: more would cost more than the text
_MENTIONS = 3  # that are shown at most
_LOOKED_AT = 16  # of the best matches, for one that is not from the text itself


class DemonstrationError(CascadeError):
    """There is nothing to retrieve demonstrations from, or nobody was trained to read them."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is shown for a text: a sentence with its entities, and mentions as (string, type)."""

    sentence: Document | None = None
    mentions: tuple[tuple[str, str], ...] = ()


NOTHING = Found()


class Demonstrations:
    """An index of labelled documents by BM25, of which examples are retrieved that are like a text but never the text itself.

    kind: what is retrieved, one of KINDS but none.  Raises DemonstrationError where no document has entities.
    """

    def __init__(self, documents: Iterable[Document], kind: str) -> None:
        if kind not in KINDS[1:]:
            raise DemonstrationError(f"demonstrations of kind {kind!r}; expected one of {', '.join(KINDS[1:])}")
        labelled = [document for document in documents if document.entities]
        if not labelled:
            raise DemonstrationError("no document to take demonstrations from has entities; expected labelled ones")
        self.kind = kind
        self._sentences = [document for document in labelled if len(cut(document.text)) <= _LONGEST] if kind != "entity" else []
        texts_of: dict[tuple[str, str], set[str]] = {}
        for document in labelled if kind != "sentence" else ():
            for entity in document.entities:
                texts_of.setdefault((document.text_of(entity), entity.type), set()).add(document.text)
        self._mentions = list(texts_of.items())
        self._by_sentence = _Index([document.text for document in self._sentences])
        self._by_mention = _Index([string for (string, _), _ in self._mentions])

    def find(self, text: str) -> Found:
        """The examples for a text: never a sentence of the same words, nor a mention that occurs in such a sentence alone."""
        words = _words(text)
        sentences = (self._sentences[place] for place in self._by_sentence.best(words))
        sentence = next((document for document in sentences if _words(document.text) != words), None)
        mentions = []
        for place in self._by_mention.best(words):
            mention, texts = self._mentions[place]
            if any(_words(other) != words for other in texts):
                mentions.append(mention)
        return Found(sentence, tuple(mentions[:_MENTIONS]))


def with_names(found: Found, names: Mapping[str, str]) -> Found:
    """`found` with its types as a prompt names them; what the prompt does not name is left out."""
    sentence = found.sentence
    if sentence is not None:
        named = [replace(entity, type=names[entity.type]) for entity in sentence.entities if entity.type in names]
        sentence = sentence.with_entities(named) if named else None
    return Found(sentence, tuple((string, names[name]) for string, name in found.mentions if name in names))


def demonstration_tokens(found: Found, tokens: PieceTokens) -> tuple[int, ...]:
    """Vocabulary ids of what is shown, such as `Example: <b>Ada</b> (person) met Bob | Known: Rome (place) |`; empty where nothing is."""
    ids: list[int] = []
    if found.sentence is not None:
        ids += _of(tokens, " Example:") + _marked(found.sentence, tokens) + _of(tokens, " |")
    if found.mentions:
        ids += _of(tokens, " Known:")
        for string, name in found.mentions:
            ids += _of(tokens, f" {string}") + _type(name, tokens) + _of(tokens, ",")
        ids += _of(tokens, " |")
    return tuple(ids)


def _marked(document: Document, tokens: PieceTokens) -> list[int]:
    """The tokens of a document with its longest entities marked, each with its type behind it."""
    pieces = cut(document.text)
    type_of = {covered: entity.type for entity in document.entities if (covered := covering(pieces, entity.start, entity.end)) is not None}
    shown = flat(type_of)
    opening, closing = {first for first, _ in shown}, {last: type_of[first, last] for first, last in shown}
    ids: list[int] = []
    for place, piece in enumerate(tokens.pieces(document.text, pieces)):
        ids += [tokens.marks.open] if place in opening else []
        ids += piece
        ids += [tokens.marks.close, *_type(closing[place], tokens)] if place in closing else []
    return ids


def _type(name: str, tokens: PieceTokens) -> list[int]:
    return [*_of(tokens, " ("), *tokens.name(name), *_of(tokens, ")")]


def _of(tokens: PieceTokens, string: str) -> list[int]:
    return list(tokens.ids([string])[0])


def _words(text: str) -> list[str]:
    """The pieces of a text in lower case, which are words, or characters in scripts without spaces."""
    return [text[piece.start : piece.end].casefold() for piece in cut(text)]


class _Index:
    """BM25 over strings."""

    def __init__(self, strings: Sequence[str]) -> None:
        words = [_words(string) for string in strings]
        self._bm25: Any = None
        if any(words):
            import bm25s  # half a second with what it brings: for those who ask for demonstrations

            self._bm25 = bm25s.BM25()
            self._bm25.index(words, show_progress=False)

    def best(self, words: Sequence[str]) -> list[int]:
        """Places of the strings that share words with the query, the best first, in order of place where equally good; some of them at most."""
        if self._bm25 is None or not words:
            return []
        scores = np.asarray(self._bm25.get_scores(list(words)))
        order = np.argsort(-scores, kind="stable")[:_LOOKED_AT]
        return [int(place) for place in order if scores[place] > 0]
