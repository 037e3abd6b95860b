"""Decisions: the dynamic programs against all legal sequences written out."""

import itertools
import random

import numpy as np
import pytest

from cascade.stages.decisions import B, E, Floats, I, O, S, best_sequence, flat, labels_of, span_probabilities, spans_of

PIECES = range(1, 7)


def spells_spans(labels: tuple[int, ...]) -> bool:
    """Whether a sequence spells whole spans, read from left to right in words."""
    opened = False
    for label in labels:
        if label in (I, E) and not opened:
            return False
        if label in (O, B, S) and opened:
            return False
        if label == B:
            opened = True
        if label == E:
            opened = False
    return not opened


def legal_sequences(pieces: int) -> list[tuple[int, ...]]:
    return [labels for labels in itertools.product(range(5), repeat=pieces) if spells_spans(labels)]


def spans_in(labels: tuple[int, ...]) -> set[tuple[int, int]]:
    """Spans of a legal sequence: each S, and each B with the E after it."""
    spans = {(index, index) for index, label in enumerate(labels) if label == S}
    return spans | {(index, labels.index(E, index)) for index, label in enumerate(labels) if label == B}


def random_scores(pieces: int, seed: int) -> Floats:
    logits: Floats = np.random.default_rng(seed).normal(scale=2.0, size=(pieces, 5))
    scores: Floats = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return scores


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("pieces", PIECES)
def test_the_best_sequence_is_the_best_of_all(pieces: int, seed: int) -> None:
    scores = random_scores(pieces, seed)
    best = max(
        legal_sequences(pieces), key=lambda labels: sum(scores[index, label] for index, label in enumerate(labels))
    )
    assert best_sequence(scores) == list(best)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("pieces", PIECES)
def test_of_equal_sequences_the_first_labels_from_the_end_win(pieces: int, seed: int) -> None:
    scores = (
        np.random.default_rng(seed).integers(-1, 1, size=(pieces, 5)).astype(np.float64)
    )  # whole numbers: ties are exact
    totals = {
        labels: sum(scores[index, label] for index, label in enumerate(labels)) for labels in legal_sequences(pieces)
    }
    equal = [labels for labels, total in totals.items() if total == max(totals.values())]
    assert best_sequence(scores)[::-1] == list(min(labels[::-1] for labels in equal))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("pieces", PIECES)
def test_the_probability_of_a_span_is_the_share_of_the_sequences_with_it(pieces: int, seed: int) -> None:
    scores = random_scores(pieces, seed)
    weights = {
        labels: np.exp(sum(scores[index, label] for index, label in enumerate(labels)))
        for labels in legal_sequences(pieces)
    }
    total = sum(weights.values())
    spans = [(first, last) for first in range(pieces) for last in range(first, pieces)]
    expected = [sum(weight for labels, weight in weights.items() if span in spans_in(labels)) / total for span in spans]
    assert span_probabilities(scores, spans) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("pieces", PIECES)
def test_only_what_spells_whole_spans_is_ever_decoded(pieces: int) -> None:
    for labels in itertools.product(range(5), repeat=min(pieces, 4)):  # scores that ask for each sequence, legal or not
        scores = np.full((len(labels), 5), -20.0)
        scores[range(len(labels)), labels] = 0.0
        found = best_sequence(scores)
        assert spells_spans(tuple(found))
        if spells_spans(labels):
            assert found == list(labels)


def test_certain_decisions_give_certain_spans() -> None:
    scores = np.full((4, 5), -60.0)
    scores[range(4), [B, I, E, S]] = 0.0
    assert span_probabilities(scores, [(0, 2), (3, 3)]) == [1.0, 1.0]
    assert span_probabilities(scores, [(0, 1)])[0] < 1e-20


def test_no_pieces_and_no_spans_give_nothing() -> None:
    assert best_sequence(np.empty((0, 5))) == []
    assert span_probabilities(np.empty((0, 5)), []) == []
    assert spans_of([]) == []
    assert labels_of([], 0) == []


def test_long_texts_do_not_underflow() -> None:
    scores = random_scores(3000, 3)
    found = spans_of(best_sequence(scores))
    assert all(0.0 < probability <= 1.0 for probability in span_probabilities(scores, found))


def test_labels_by_hand() -> None:
    assert labels_of([(1, 1), (2, 3), (5, 8)], 10) == [O, S, B, E, O, B, I, I, E, O]
    assert spans_of([O, S, B, E, O, B, I, I, E, O]) == [(1, 1), (2, 3), (5, 8)]


@pytest.mark.parametrize("seed", range(20))
def test_flat_spans_come_back_from_their_labels(seed: int) -> None:
    source = random.Random(seed)
    spans = flat(
        (first, min(29, first + source.randint(0, 5))) for first in source.choices(range(30), k=source.randint(0, 12))
    )
    assert spans_of(labels_of(spans, 30)) == spans


@pytest.mark.parametrize("pieces", PIECES)
def test_legal_labels_come_back_from_their_spans(pieces: int) -> None:
    for labels in legal_sequences(pieces):
        assert labels_of(spans_of(labels), pieces) == list(labels)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([(3, 4), (0, 1)], [(0, 1), (3, 4)]),
        ([(0, 1), (0, 1)], [(0, 1)]),
        ([(0, 5), (1, 2), (4, 4)], [(0, 5)]),  # nested: the outer one
        ([(0, 2), (2, 5)], [(2, 5)]),  # crossing: the longer one
        ([(0, 2), (2, 4), (4, 6)], [(0, 2), (4, 6)]),  # equally long: the first
        ([(0, 3), (4, 4)], [(0, 3), (4, 4)]),  # adjacent
    ],
)
def test_of_overlapping_spans_the_longest_stays(spans: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    assert flat(spans) == expected
