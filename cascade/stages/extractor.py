"""Stage 1: the extractor reads a text in one pass and decides at each piece where spans begin and end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cascade.reading.batches import KeptBatch, ReadingTask, read_passages
from cascade.reading.passage import Passage, Read
from cascade.reading.reader import Reader
from cascade.stages.decisions import Floats
from cascade.stages.decoding import best_spans, probabilities
from cascade.stages.seams import parts_between_seams
from cascade.text.encoded import EncodedText, as_encoded
from cascade.text.pieces import Piece
from cascade.text.tokens import PieceTokens


class Span(NamedTuple):
    """Characters start..end of a text, half-open, with the probability that they are an entity."""

    start: int
    end: int
    score: float


class Decided(NamedTuple):
    """Pieces that are decoded by themselves, as no span goes on behind them, with the log-probabilities of their
    labels, (pieces, 5 x layers).
    """

    pieces: Sequence[Piece]
    log_probabilities: Floats


def extraction_passage(
    pieces: Sequence[tuple[int, ...]],
    labels: Sequence[int] | None = None,
    *,
    before: Sequence[int] = (),
    depth: int = 1,
) -> Passage:
    """The passage of pieces given by their tokens; a decision is read at the last token of each, for each of `depth`
    layers of nested spans.

    labels: right answers, for training, those of the first layer first.  before: tokens in front of the text, of
    demonstrations.
    """
    ids = (*before, *(token for piece in pieces for token in piece))
    ends = len(before) + np.cumsum([len(piece) for piece in pieces]) - 1
    reads = tuple(Read(int(end), layer) for layer in range(depth) for end in ends)
    text = (0,) * len(ids)
    return Passage(ids, tuple(range(len(ids))), text, text, reads, None if labels is None else tuple(labels))


@dataclass(frozen=True, slots=True)
class Readings:
    """What reading some texts left: the log-probabilities of the labels of each window's pieces, (pieces, 5 x layers),
    for all windows in order, and, if kept, the states of their tokens, by which the classifier types spans.

    extractor, types: what read them.
    """

    extractor: Extractor
    types: Sequence[str] | None
    texts: Sequence[EncodedText]
    scores: Sequence[Floats]
    kept: Sequence[KeptBatch]

    def decisions(self) -> list[list[Decided]]:
        """The parts of each text, such as its sentences, in order; a text without pieces has none."""
        scores = iter(self.scores)
        return [_between_seams(text, [next(scores) for _ in text.windows]) for text in self.texts]

    def spans(self) -> list[list[Span]]:
        """The spans of each text in order, flat or, of several layers, each before those that lie in it."""
        return [
            [span for part in parts for span in decode(*part, temperature=text.extractor.temperature)]
            for text, parts in zip(self.texts, self.decisions(), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Extractor:
    """Finds spans of the asked-for types; one reader, one pass."""

    reader: Reader
    tokens: PieceTokens
    batch_tokens: int

    def __call__(
        self, texts: Sequence[str | EncodedText], types: Sequence[str] | None, *, depth: int = 1
    ) -> list[list[Span]]:
        """The spans of each text in order, in `depth` layers.  types: names for the prompt, None for any type."""
        return self.read(texts, types, keep=False, depth=depth).spans()

    def decisions(
        self, texts: Sequence[str | EncodedText], types: Sequence[str] | None, *, depth: int = 1
    ) -> list[list[Decided]]:
        """The parts of each text, such as its sentences, in order; a text without pieces has none."""
        return self.read(texts, types, keep=False, depth=depth).decisions()

    def read(
        self, texts: Sequence[str | EncodedText], types: Sequence[str] | None, *, keep: bool = True, depth: int = 1
    ) -> Readings:
        """What reading the texts leaves; keep: also the states of their tokens, 18 KB a token with Gemma 3 270M.

        depth: the layers of nested spans that are decided, in the same pass.
        """
        encoded = as_encoded(texts, self.tokens)
        plan = [(text, window) for text in encoded for window in text.windows]
        kept: list[KeptBatch] = []
        answers = read_passages(
            ReadingTask(self.reader, self.tokens.prefix(types), self.tokens.layer_labels(depth), self.batch_tokens),
            [
                extraction_passage(text.ids[window.first : window.last], before=text.before, depth=depth)
                for text, window in plan
            ],
            adapters=[text.extractor.adapter for text, _ in plan],
            # spans of one row's texts are typed through one adapter too
            apart=[(text.extractor.adapter, text.classifier.adapter) for text, _ in plan],
            keep=kept if keep else None,
        )
        scores = [
            np.hstack(np.split(np.stack(answer).take(self.tokens.label_columns, axis=1), depth)) for answer in answers
        ]
        return Readings(self, types, encoded, scores, kept)


def _between_seams(text: EncodedText, scores: Sequence[Floats]) -> list[Decided]:
    """The parts of a text; scores: of each window."""
    parts = parts_between_seams(text.windows, scores)
    return [Decided(text.pieces[first : first + len(part)], part) for first, part in parts]


def decode(pieces: Sequence[Piece], log_probabilities: Floats, *, temperature: float = 1.0) -> list[Span]:
    """The spans of the best legal sequence, which no temperature changes, with their probabilities at a temperature."""
    found = best_spans(log_probabilities)
    scores = probabilities(log_probabilities / temperature, found)
    return [
        Span(pieces[first].start, pieces[last].end, score) for (first, last), score in zip(found, scores, strict=True)
    ]
