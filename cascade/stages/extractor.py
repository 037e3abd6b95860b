"""Stage 1: the extractor reads a text in one pass and decides at each piece where spans begin and end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cascade.reading.batches import read_passages
from cascade.reading.passage import Passage, Read
from cascade.reading.reader import Reader
from cascade.stages.decisions import Floats, best_sequence, span_probabilities, spans_of
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
    labels, (pieces, 5).
    """

    pieces: Sequence[Piece]
    log_probabilities: Floats


def extraction_passage(
    pieces: Sequence[tuple[int, ...]], labels: Sequence[int] | None = None, *, before: Sequence[int] = ()
) -> Passage:
    """The passage of pieces given by their tokens; a decision is read at the last token of each.

    labels: right answers, for training.  before: tokens in front of the text, of demonstrations.
    """
    ids = (*before, *(token for piece in pieces for token in piece))
    ends = len(before) + np.cumsum([len(piece) for piece in pieces]) - 1
    reads = tuple(Read(int(end), 0) for end in ends)
    return Passage(ids, tuple(range(len(ids))), (0,) * len(ids), reads, None if labels is None else tuple(labels))


@dataclass(frozen=True, slots=True)
class Extractor:
    """Finds spans of the asked-for types; one reader, one pass."""

    reader: Reader
    tokens: PieceTokens
    batch_tokens: int

    def __call__(self, texts: Sequence[str | EncodedText], types: Sequence[str] | None) -> list[list[Span]]:
        """The spans of each text in order, flat.  types: names for the prompt, None for any type."""
        encoded = as_encoded(texts, self.tokens)
        return [
            [span for part in parts for span in decode(*part, temperature=text.extractor.temperature)]
            for text, parts in zip(encoded, self.decisions(encoded, types), strict=True)
        ]

    def decisions(self, texts: Sequence[str | EncodedText], types: Sequence[str] | None) -> list[list[Decided]]:
        """The parts of each text, such as its sentences, in order; a text without pieces has none."""
        encoded = as_encoded(texts, self.tokens)
        plan = [(text, window) for text in encoded for window in text.windows]
        answers = read_passages(
            self.reader,
            self.tokens.prefix(types),
            [self.tokens.labels],
            [extraction_passage(text.ids[window.first : window.last], before=text.before) for text, window in plan],
            batch_tokens=self.batch_tokens,
            adapters=[text.extractor.adapter for text, _ in plan],
        )
        scores = iter([np.stack(answer).take(self.tokens.label_columns, axis=1) for answer in answers])
        return [_between_seams(text, [next(scores) for _ in text.windows]) for text in encoded]


def _between_seams(text: EncodedText, scores: Sequence[Floats]) -> list[Decided]:
    """The parts of a text; scores: of each window."""
    parts = parts_between_seams(text.windows, scores)
    return [Decided(text.pieces[first : first + len(part)], part) for first, part in parts]


def decode(pieces: Sequence[Piece], log_probabilities: Floats, *, temperature: float = 1.0) -> list[Span]:
    """The spans of the best legal sequence, which no temperature changes, with their probabilities at a temperature."""
    found = spans_of(best_sequence(log_probabilities))
    scores = span_probabilities(log_probabilities / temperature, found)
    return [
        Span(pieces[first].start, pieces[last].end, score) for (first, last), score in zip(found, scores, strict=True)
    ]
