"""Bootstrap confidence intervals of F1 over documents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cascade.errors import ScoringError

CONFIDENCE = 0.95
RESAMPLES = 1000
SEED = 0
MOST_RESAMPLES = 1_000_000  # held in memory for each measure
WEIGHTS_AT_ONCE = 4_000_000  # resamples x distinct documents held in memory, 32 MB


@dataclass(frozen=True, slots=True)
class Interval:
    """The lower and upper end of a confidence interval, as fractions."""

    low: float
    high: float


def f1_intervals(counts: NDArray[np.int64], *, resamples: int, seed: int) -> list[Interval | None]:
    """The percentile interval of micro F1 for each measure, at `CONFIDENCE`.

    counts: (documents, measures, 3); for each document its true positives, gold entities and predicted entities.
    Intervals are None if there are no documents or `resamples` is 0. All measures use the same resamples. A resample
    without any entity has F1 0.0, like a corpus without any.
    """
    check_options(resamples=resamples, seed=seed)
    documents, measures, _ = counts.shape
    if documents == 0 or resamples == 0:
        return [None] * measures
    rows, multiplicity = distinct_rows(counts)
    generator = np.random.default_rng(seed)
    at_once = max(1, WEIGHTS_AT_ONCE // len(rows))
    f1 = np.concatenate(
        [
            _f1(
                draw_weights(generator, multiplicity, min(at_once, resamples - done)) @ rows.reshape(len(rows), -1),
                measures,
            )
            for done in range(0, resamples, at_once)
        ]
    )
    tail = (1 - CONFIDENCE) / 2
    ends = np.quantile(f1, [tail, 1 - tail], axis=0)
    return [Interval(float(low), float(high)) for low, high in ends.T]


def check_options(*, resamples: int, seed: int) -> None:
    """Raises ScoringError for fewer resamples than none or more than a million, and for a negative seed."""
    if not 0 <= resamples <= MOST_RESAMPLES:
        raise ScoringError(f"resamples is {resamples}; expected 0 (no intervals) to {MOST_RESAMPLES:,}")
    if seed < 0:
        raise ScoringError(f"seed is {seed}; expected 0 or more")


def distinct_rows(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct (measures, 3) rows in sorted order, and how many documents have each.

    Documents with equal counts are exchangeable, so rows are drawn by multiplicity instead of documents. The cost then
    hardly grows with the corpus, and the order of the documents cannot change an interval.
    """
    flat, multiplicity = np.unique(counts.reshape(len(counts), -1), axis=0, return_counts=True)
    return flat.reshape(-1, *counts.shape[1:]), multiplicity.astype(np.int64)


def draw_weights(generator: np.random.Generator, multiplicity: NDArray[np.int64], resamples: int) -> NDArray[np.int64]:
    """How often each distinct row is drawn, (resamples, rows).

    Each resample draws as many documents as the corpus has, with replacement.
    """
    documents = int(multiplicity.sum())
    return generator.multinomial(documents, multiplicity / documents, size=resamples)


def _f1(totals: NDArray[np.int64], measures: int) -> NDArray[np.float64]:
    """Micro F1, (resamples, measures), of summed counts, (resamples, measures * 3)."""
    tp, gold, predicted = totals.reshape(-1, measures, 3).transpose(2, 0, 1)
    f1: NDArray[np.float64] = 2 * tp / np.maximum(gold + predicted, 1)
    return f1
