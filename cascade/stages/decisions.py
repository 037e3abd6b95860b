"""Decisions of the extractor: one of O, B, I, E, S at each piece, decoded to the best legal sequence.

Legal is what spells whole spans: B begins one of two or more pieces, I goes on, E ends it, S is a span of one piece, O
lies outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

O, B, I, E, S = range(5)  # noqa: E741 - the field's letters; the order of cascade.text.tokens.LABELS
_INSIDE_AFTER = (B, I)  # labels after which a span is open
CONTINUES = (I, E)  # labels of a span that began before
_LEGAL = np.array([[(left in _INSIDE_AFTER) == (right in CONTINUES) for right in range(5)] for left in range(5)])
_FIRST = np.array([label not in CONTINUES for label in range(5)])
_LAST = np.array([label not in _INSIDE_AFTER for label in range(5)])
_TRANSITION = np.where(_LEGAL, 0.0, -np.inf)
_START = np.where(_FIRST, 0.0, -np.inf)
_END = np.where(_LAST, 0.0, -np.inf)


def labels_of(spans: Iterable[tuple[int, int]], pieces: int) -> list[int]:
    """Labels of `pieces` pieces for flat spans given as (first, last) piece indices."""
    labels = [O] * pieces
    for first, last in spans:
        if first == last:
            labels[first] = S
        else:
            labels[first], labels[last] = B, E
            labels[first + 1 : last] = [I] * (last - first - 1)
    return labels


def flat(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of spans (first, last) that overlap the longest, the first of equals; in text order."""
    taken: list[tuple[int, int]] = []
    for first, last in sorted(set(spans), key=lambda span: (span[0] - span[1], span)):
        if all(last < other_first or first > other_last for other_first, other_last in taken):
            taken.append((first, last))
    return sorted(taken)


def spans_of(labels: Sequence[int]) -> list[tuple[int, int]]:
    """(first, last) piece indices of the spans of a legal sequence."""
    spans, first = [], 0
    for index, label in enumerate(labels):
        if label in (B, S):
            first = index
        if label in (E, S):
            spans.append((first, index))
    return spans


def best_sequence(log_probabilities: Floats) -> list[int]:
    """The legal sequence with the greatest sum of log-probabilities, (pieces, 5) in; the earlier label in O B I E S
    wins a tie at the end.
    """
    pieces = len(log_probabilities)
    if not pieces:
        return []
    best = log_probabilities[0] + _START
    back = np.zeros((pieces, 5), dtype=np.int64)
    for index in range(1, pieces):
        scores = best[:, None] + _TRANSITION
        back[index] = scores.argmax(axis=0)
        best = scores.max(axis=0) + log_probabilities[index]
    label = int((best + _END).argmax())
    labels = [label]
    for index in range(pieces - 1, 0, -1):
        label = int(back[index, label])
        labels.append(label)
    return labels[::-1]


def span_probabilities(log_probabilities: Floats, spans: Sequence[tuple[int, int]]) -> list[float]:
    """The probability of each span among all legal sequences (forward-backward), in [0, 1]; log_probabilities: (pieces,
    5).
    """
    if not spans:
        return []
    pieces = len(log_probabilities)
    forward, backward = np.empty((pieces, 5)), np.empty((pieces, 5))
    forward[0] = log_probabilities[0] + _START
    for index in range(1, pieces):
        forward[index] = (
            np.logaddexp.reduce(forward[index - 1][:, None] + _TRANSITION, axis=0) + log_probabilities[index]
        )
    backward[-1] = _END
    for index in range(pieces - 2, -1, -1):
        backward[index] = np.logaddexp.reduce(
            _TRANSITION + (log_probabilities[index + 1] + backward[index + 1])[None], axis=1
        )
    total = np.logaddexp.reduce(forward[-1] + _END)
    inside = np.concatenate([[0.0], np.cumsum(log_probabilities[:, I])])
    result = []
    for first, last in spans:
        if first == last:
            log_score = forward[first, S] + backward[first, S]
        else:
            log_score = (
                forward[first, B] + inside[last] - inside[first + 1] + log_probabilities[last, E] + backward[last, E]
            )
        result.append(float(min(1.0, np.exp(log_score - total))))
    return result
