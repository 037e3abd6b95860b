"""Nested spans: the dynamic programs against all sets of spans written out, and flat ones as the case of one layer."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from cascade.stages.decisions import B, E, Floats, I, O, S, best_sequence, flat, span_probabilities, spans_of
from cascade.stages.decoding import best_spans, open_before, probabilities
from cascade.stages.nested_decoding import automaton, is_open_before, nested_probabilities, nested_spans
from cascade.stages.nesting import MOST_DEPTH, Places, in_layers, layer_labels

DEPTHS = range(1, MOST_DEPTH + 1)


def nest(left: Places, right: Places) -> bool:
    """Whether two spans are apart or one lies in the other."""
    apart = left[1] < right[0] or right[1] < left[0]
    return apart or left[0] <= right[0] <= right[1] <= left[1] or right[0] <= left[0] <= left[1] <= right[1]


def layer(span: Places, spans: Sequence[Places]) -> int:
    """In how many others a span lies."""
    return sum(other != span and other[0] <= span[0] and span[1] <= other[1] for other in spans)


@cache
def legal_sets(pieces: int, depth: int) -> list[tuple[Places, ...]]:
    """All sets of spans that do not cross, none of them in `depth` others."""
    spans = [(first, last) for first in range(pieces) for last in range(first, pieces)]
    return [
        chosen
        for size in range(len(spans) + 1)
        for chosen in itertools.combinations(spans, size)
        if all(nest(left, right) for left, right in itertools.combinations(chosen, 2))
        and all(layer(span, chosen) < depth for span in chosen)
    ]


def score_of(spans: Sequence[Places], scores: Floats) -> float:
    """The sum of the log-probabilities of what a set of spans says at each piece in each layer."""
    labels = np.full((scores.shape[1] // 5, len(scores)), O)
    for first, last in spans:
        row = labels[layer((first, last), spans)]
        row[first : last + 1] = [S] if first == last else [B, *[I] * (last - first - 1), E]
    return float(
        sum(scores[piece, 5 * place + row[piece]] for place, row in enumerate(labels) for piece in range(len(scores)))
    )


def random_scores(pieces: int, depth: int, seed: int) -> Floats:
    logits = np.random.default_rng(seed).normal(scale=2.0, size=(pieces, depth, 5))
    scores: Floats = (logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))).reshape(pieces, 5 * depth)
    return scores


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("pieces", "depth"), [(1, 1), (2, 2), (3, 2), (3, 3), (4, 1), (4, 2), (4, 3), (4, 4)])
def test_the_best_nested_spans_are_the_best_of_all_sets(pieces: int, depth: int, seed: int) -> None:
    scores = random_scores(pieces, depth, seed)
    best = max(legal_sets(pieces, depth), key=lambda spans: score_of(spans, scores))
    assert set(nested_spans(scores)) == set(best)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("pieces", "depth"), [(1, 2), (3, 2), (4, 2), (4, 3)])
def test_the_probability_of_a_nested_span_is_the_share_of_the_sets_with_it(pieces: int, depth: int, seed: int) -> None:
    scores = random_scores(pieces, depth, seed)
    weights = {spans: np.exp(score_of(spans, scores)) for spans in legal_sets(pieces, depth)}
    total = sum(weights.values())
    spans = [(first, last) for first in range(pieces) for last in range(first, pieces)]
    expected = [sum(weight for chosen, weight in weights.items() if span in chosen) / total for span in spans]
    assert nested_probabilities(scores, spans) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_with_one_layer_nested_decoding_is_flat_decoding(seed: int) -> None:
    scores = random_scores(seed, 1, seed)
    found = nested_spans(scores)
    assert found == spans_of(best_sequence(scores)) == best_spans(scores)
    assert nested_probabilities(scores, found) == pytest.approx(span_probabilities(scores, found), abs=1e-9)
    assert probabilities(scores, found) == span_probabilities(scores, found)
    assert is_open_before(scores) == open_before(scores)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("seed", range(30))
def test_no_scores_make_spans_cross_repeat_or_lie_deeper_than_asked(depth: int, seed: int) -> None:
    scores = random_scores(60, depth, seed) * 4
    spans = nested_spans(scores)
    assert len(set(spans)) == len(spans) > 10
    assert all(nest(left, right) for left, right in itertools.combinations(spans, 2))
    assert max(layer(span, spans) for span in spans) == depth - 1
    assert all(0.0 < score <= 1.0 for score in nested_probabilities(scores, spans))


def sure(*layers: Sequence[int]) -> Floats:
    """Log-probabilities of pieces that surely have these labels, layer by layer."""
    scores = np.full((len(layers[0]), 5 * len(layers)), -60.0)
    for place, labels in enumerate(layers):
        scores[range(len(labels)), [5 * place + label for label in labels]] = 0.0
    return scores


def test_sure_layers_give_their_spans_with_certainty() -> None:
    scores = sure([B, I, I, E, S], [B, E, S, O, O], [S, O, O, O, O])
    expected = [(0, 3), (0, 1), (0, 0), (2, 2), (4, 4)]
    assert nested_spans(scores) == expected
    assert nested_probabilities(scores, expected) == [1.0] * 5
    assert nested_probabilities(scores, [(0, 2)])[0] < 1e-20
    assert open_before(scores) == [False, True, True, True, False]


def test_two_layers_that_ask_for_one_span_give_it_once() -> None:
    scores = sure([O, B, I, E], [O, B, I, E])
    scores[:, 5 + O] = -1.0  # so the second layer gives way
    assert nested_spans(scores) == [(1, 3)]


def test_a_span_may_be_found_in_whatever_layer() -> None:
    scores = np.log(np.full((2, 10), 0.2))  # all sets of spans of two pieces are equally likely
    assert len(legal_sets(2, 2)) == 8
    assert nested_probabilities(scores, [(0, 1), (0, 0)]) == pytest.approx([4 / 8, 4 / 8], abs=1e-9)


@pytest.mark.parametrize("depth", DEPTHS)
def test_every_step_of_the_automaton_leads_from_a_state_to_another_and_all_are_reached(depth: int) -> None:
    machine = automaton(depth)
    assert (machine.states, len(machine.labels)) == {1: (2, 5), 2: (4, 15), 3: (8, 37), 4: (16, 83)}[depth]
    assert set(machine.before.tolist()) == set(machine.after.tolist()) == set(range(machine.states))


def test_no_pieces_have_no_nested_spans() -> None:
    assert nested_spans(np.empty((0, 10))) == []
    assert nested_probabilities(np.empty((0, 10)), []) == []
    assert is_open_before(np.empty((0, 10))) == []


def test_long_texts_do_not_underflow() -> None:
    scores = random_scores(3000, 2, 3)
    assert all(0.0 < score <= 1.0 for score in nested_probabilities(scores, nested_spans(scores)[:50]))


@pytest.mark.parametrize(
    ("spans", "depth", "expected"),
    [
        ([], 2, [[], []]),
        ([(4, 4), (0, 5), (1, 2)], 2, [[(0, 5)], [(1, 2), (4, 4)]]),
        ([(0, 5), (1, 3), (2, 2)], 2, [[(0, 5)], [(1, 3)]]),  # too deep: left out
        ([(0, 5), (1, 3), (2, 2)], 3, [[(0, 5)], [(1, 3)], [(2, 2)]]),
        ([(0, 3), (2, 6), (1, 1)], 2, [[(2, 6), (1, 1)][::-1], []]),  # crossing: the longer stays
        ([(0, 5), (1, 3), (3, 4)], 2, [[(0, 5)], [(1, 3)]]),  # the same within another
        ([(0, 1), (0, 1)], 2, [[(0, 1)], []]),
    ],
)
def test_layers_by_hand(spans: list[Places], depth: int, expected: list[list[Places]]) -> None:
    assert in_layers(spans, depth) == expected


@pytest.mark.parametrize("seed", range(60))
def test_the_first_layer_is_what_flat_keeps(seed: int) -> None:
    source = random.Random(seed)
    spans = [(first, first + source.randint(0, 6)) for first in source.choices(range(20), k=source.randint(0, 15))]
    for depth in DEPTHS:
        assert in_layers(spans, depth)[0] == flat(spans)


@pytest.mark.parametrize("seed", range(30))
def test_nested_spans_come_back_from_their_labels(seed: int) -> None:
    source = random.Random(seed)
    spans = [(first, min(19, first + source.randint(0, 9))) for first in source.choices(range(20), k=12)]
    depth = source.choice(DEPTHS)
    labels = layer_labels(spans, 20, depth=depth)
    kept = [span for layer in in_layers(spans, depth) for span in layer]
    assert sorted(nested_spans(sure(*np.array(labels).reshape(depth, 20).tolist()))) == sorted(kept)
