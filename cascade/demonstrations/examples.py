"""Demonstrations: labelled examples that are retrieved for a text and read in front of it.

RetrieveAll (arXiv 2505.19128) proposes two levels. Sentence level: the labelled sentence most like the text, by BM25.
Entity level: labelled mentions that occur in the text word for word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cascade.document import Document
from cascade.errors import CascadeError
from cascade.stages.decisions import flat
from cascade.text.pieces import covering, cut
from cascade.text.tokens import PieceTokens

KINDS = ("sentence", "entity", "both")  # what is retrieved
# None of these was tuned.
_LONGEST_SENTENCE = 40  # pieces; a longer sentence would cost more than most texts
_LONGEST_MENTION = 10  # pieces
_MENTIONS = 3  # mentions shown at most
_SENTENCES = 8  # sentences kept; the first one with a requested type is shown
_PASSAGE = 4  # words; a text of this length inside another is a passage of it, while shorter ones may occur anywhere
_LOOKED_AT = 32  # best sentences examined, so that some remain after the text's own are left out


class DemonstrationError(CascadeError):
    """There are no demonstrations to retrieve, or the adapters were not trained to read them."""


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples retrieved for a text, best first: sentences with their entities, and mentions as (string, type)."""

    sentences: tuple[Document, ...] = ()
    mentions: tuple[tuple[str, str], ...] = ()


NOTHING = Examples()


class Demonstrations:
    """An index of labelled documents for retrieving examples that are like a text, but never from the text itself.

    kind: what is retrieved: `sentence`, `entity` or `both`. Raises DemonstrationError if no document has entities.
    """

    def __init__(self, documents: Iterable[Document], kind: str) -> None:
        if kind not in KINDS:
            raise DemonstrationError(f"demonstrations of kind {kind!r}; expected one of {', '.join(KINDS)}")
        labelled = [document for document in documents if document.entities]
        if not labelled:
            raise DemonstrationError("no document to take demonstrations from has entities; expected labelled ones")
        self._sentences = [
            document for document in labelled if kind != "entity" and len(cut(document.text)) <= _LONGEST_SENTENCE
        ]
        self._index = _Index([document.text for document in self._sentences])
        self._mentions: dict[tuple[str, ...], dict[tuple[str, str], set[str]]] = {}
        for document in labelled if kind != "sentence" else ():
            for entity in document.entities:
                string = document.text_of(entity)
                words = tuple(_words(string))
                if words and len(cut(string)) <= _LONGEST_MENTION:
                    self._mentions.setdefault(words, {}).setdefault((string, entity.type), set()).add(document.text)

    def find(self, text: str) -> Examples:
        """The examples for a text.

        A sentence that equals the text, is a passage of it or contains it is left out. So is a mention that is labelled
        only in such sentences.
        """
        words = _words(text)
        folded = [word.casefold() for word in words]
        sentences = [self._sentences[place] for place in self._index.best(folded)]
        others = [document for document in sentences if not _overlap(document.text, folded)]
        return Examples(tuple(others[:_SENTENCES]), tuple(self._mentions_in(words, folded)))

    def _mentions_in(self, words: Sequence[str], folded: Sequence[str]) -> list[tuple[str, str]]:
        """The mentions in the text, longest first, then by position."""
        runs = [
            (first, first + size)
            for size in range(min(_LONGEST_MENTION, len(words)), 0, -1)
            for first in range(len(words) - size + 1)
        ]
        found: dict[tuple[str, str], None] = {}
        for first, last in runs:
            for mention, texts in self._mentions.get(tuple(words[first:last]), {}).items():
                if any(not _overlap(other, folded) for other in texts):
                    found[mention] = None
        return list(found)


def kind_of(trained: Mapping[str, str]) -> str:
    """The kind of demonstrations that all adapters were trained with; `trained` gives each adapter's kind by its name.

    Raises DemonstrationError if some adapter was trained without demonstrations, or if the kinds differ.
    """
    if len(set(trained.values())) != 1 or "none" in trained.values():
        listed = ", ".join(f"{name}: {kind}" for name, kind in trained.items())
        raise DemonstrationError(
            f"demonstrations need adapters that were all trained with the same kind of them; these were with {listed}"
        )
    return next(iter(trained.values()))


def as_asked_for(examples: Examples, names: Mapping[str, str]) -> Examples:
    """The examples to show in a prompt that calls types by `names`.

    These are the best sentence with such a type and the first few mentions; entities of other types are left out.
    """
    for document in examples.sentences:
        named = [replace(entity, type=names[entity.type]) for entity in document.entities if entity.type in names]
        if named:
            sentences: tuple[Document, ...] = (document.with_entities(named),)
            break
    else:
        sentences = ()
    mentions = dict.fromkeys((string, names[name]) for string, name in examples.mentions if name in names)
    return Examples(sentences, tuple(mentions)[:_MENTIONS])


def demonstration_tokens(shown: Examples, tokens: PieceTokens) -> tuple[int, ...]:
    """The vocabulary ids of the examples, such as `Example: <b>Ada</b> (person) met Bob | Known: Rome (place), |`.

    Empty if there are no examples.
    """
    ids: list[int] = []
    for document in shown.sentences:
        ids += [*_of(" Example:", tokens), *_marked(document, tokens), *_of(" |", tokens)]
    if shown.mentions:
        ids += _of(" Known:", tokens)
        for string, name in shown.mentions:
            ids += [*_of(f" {string}", tokens), *_type(name, tokens), *_of(",", tokens)]
        ids += _of(" |", tokens)
    return tuple(ids)


def _marked(document: Document, tokens: PieceTokens) -> list[int]:
    """The vocabulary ids of a document with its longest entities marked, each followed by its type."""
    pieces = cut(document.text)
    type_of = {
        covered: entity.type
        for entity in document.entities
        if (covered := covering(pieces, entity.start, entity.end)) is not None
    }
    shown = flat(type_of)
    opening, closing = {first for first, _ in shown}, {last: type_of[first, last] for first, last in shown}
    ids: list[int] = []
    for place, piece in enumerate(tokens.pieces(document.text, pieces)):
        ids += [tokens.marks.open] if place in opening else []
        ids += piece
        ids += [tokens.marks.close, *_type(closing[place], tokens)] if place in closing else []
    return ids


def _type(name: str, tokens: PieceTokens) -> list[int]:
    return [*_of(" (", tokens), *tokens.name(name), *_of(")", tokens)]


def _of(string: str, tokens: PieceTokens) -> list[int]:
    """The vocabulary ids of a string, tokenised by pieces as texts are, so that it cannot spell a mark."""
    return [token for piece in tokens.pieces(string, cut(string)) for token in piece]


def _words(text: str) -> list[str]:
    """The pieces of a text that have letters or digits: words, or single characters in scripts without spaces."""
    pieces = (text[piece.start : piece.end] for piece in cut(text))
    return [piece for piece in pieces if any(map(str.isalnum, piece))]


def _overlap(text: str, folded: Sequence[str]) -> bool:
    """Whether two texts are equal, or one is a passage of the other; `folded` holds the other's words in lower case."""
    own = [word.casefold() for word in _words(text)]
    shorter, longer = sorted((own, list(folded)), key=len)
    if len(shorter) < _PASSAGE:
        return shorter == longer
    return any(longer[first : first + len(shorter)] == shorter for first in range(len(longer) - len(shorter) + 1))


class _Index:
    """A BM25 index of texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        words = [[word.casefold() for word in _words(text)] for text in texts]
        self._bm25: Any = None
        if any(words):
            try:
                import bm25s  # with its dependencies half a second, so only when it is needed
            except ImportError as error:
                raise DemonstrationError(
                    "demonstrations are found by the package 'bm25s', which is not installed. Run: pip install bm25s"
                ) from error

            self._bm25 = bm25s.BM25()
            self._bm25.index(words, show_progress=False)

    def best(self, words: Sequence[str]) -> list[int]:
        """Indices of at most _LOOKED_AT texts that share words with the query.

        The best text comes first; equally good ones keep their order.
        """
        if self._bm25 is None or not words:
            return []
        scores = np.asarray(self._bm25.get_scores(list(words)))
        order = np.argsort(-scores, kind="stable")[:_LOOKED_AT]
        return [int(place) for place in order if scores[place] > 0]
