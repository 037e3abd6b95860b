"""Stage 1: the extractor reads a text in one pass and decides at each piece where spans begin and end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cascade.model.base_model import Reader
from cascade.reading.batches import read_passages
from cascade.reading.passage import Passage, Read
from cascade.stages.decisions import Floats, best_sequence, span_probabilities, spans_of
from cascade.stages.seams import parts_between_seams
from cascade.text.pieces import Piece, cut
from cascade.text.tokens import PieceTokens
from cascade.text.windows import Window, sentence_windows


class Span(NamedTuple):
    """Characters start..end of a text, half-open, with the probability that they are an entity."""

    start: int
    end: int
    score: float


class Decided(NamedTuple):
    """Pieces that are decoded by themselves, as no span goes on behind them.

    log_probabilities: of their labels, (pieces, 5).
    """

    pieces: list[Piece]
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
    windows: Callable[[str, Sequence[Piece], Sequence[int]], list[Window]] = sentence_windows

    def __call__(
        self,
        texts: Sequence[str],
        types: Sequence[str] | None,
        *,
        adapters: Sequence[int] | None = None,
        temperatures: Sequence[float] | None = None,
        before: Sequence[Sequence[int]] | None = None,
    ) -> list[list[Span]]:
        """The spans of each text in order, flat.

        types: names for the prompt, None for any type.  adapters: each text's number in the reader's stack.
        temperatures: what each text's log-probabilities are divided by before they become scores (1).  before: tokens
        of demonstrations in front of each text (none).
        """
        decided = self.decisions(texts, types, adapters=adapters, before=before)
        divisors = [1.0] * len(texts) if temperatures is None else temperatures
        return [
            [span for part in parts for span in decode(*part, temperature=divisor)]
            for parts, divisor in zip(decided, divisors, strict=True)
        ]

    def decisions(
        self,
        texts: Sequence[str],
        types: Sequence[str] | None,
        *,
        adapters: Sequence[int] | None = None,
        before: Sequence[Sequence[int]] | None = None,
    ) -> list[list[Decided]]:
        """The parts of each text, such as its sentences, in order; a text without pieces has none."""
        cuts = [cut(text) for text in texts]
        plan, passages = [], []
        for index, (text, pieces) in enumerate(zip(texts, cuts, strict=True)):
            encoded = self.tokens.pieces(text, pieces)
            for window in self.windows(text, pieces, [len(ids) for ids in encoded]):
                plan.append((index, window))
                passages.append(
                    extraction_passage(
                        encoded[window.first : window.last], before=before[index] if before is not None else ()
                    )
                )
        through = [adapters[index] for index, _ in plan] if adapters is not None else None
        prefix = self.tokens.prefix(types)
        answers = read_passages(
            self.reader, prefix, [self.tokens.labels], passages, batch_tokens=self.batch_tokens, adapters=through
        )
        windows: list[list[Window]] = [[] for _ in texts]
        scores: list[list[Floats]] = [[] for _ in texts]
        for (index, window), answer in zip(plan, answers, strict=True):
            windows[index].append(window)
            scores[index].append(np.stack(answer))
        return [
            [Decided(pieces[first : first + len(part)], part) for first, part in parts_between_seams(own, answered)]
            for pieces, own, answered in zip(cuts, windows, scores, strict=True)
        ]


def decode(pieces: Sequence[Piece], log_probabilities: Floats, *, temperature: float = 1.0) -> list[Span]:
    """The spans of the best legal sequence, which no temperature changes, with their probabilities at a temperature."""
    found = spans_of(best_sequence(log_probabilities))
    scores = span_probabilities(log_probabilities / temperature, found)
    return [
        Span(pieces[first].start, pieces[last].end, score) for (first, last), score in zip(found, scores, strict=True)
    ]
