"""Seams of windows: a span is one window's own, whole, whatever the other window sees of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from cascade.stages.decisions import B, E, Floats, I, O, S, best_sequence, spans_of
from cascade.stages.seams import parts_between_seams
from cascade.text.windows import Window, windows


def sure(labels: Sequence[int]) -> Floats:
    """Log-probabilities of pieces that surely have these labels."""
    scores = np.full((len(labels), 5), -9.0)
    scores[range(len(labels)), list(labels)] = -0.01
    return scores


def spans(made: Sequence[Window], scores: Sequence[Floats]) -> list[tuple[int, int]]:
    return [
        (first + begin, last + begin)
        for begin, part in parts_between_seams(made, scores)
        for first, last in spans_of(best_sequence(part))
    ]


TWO = [Window(0, 8, 0, 6), Window(4, 12, 6, 12)]  # share the pieces 4 to 7 and meet before piece 6


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([O] * 8, [O] * 8, []),
        ([O, O, O, O, O, B, I, E], [O, B, I, E, O, O, O, O], [(5, 7)]),  # both see it whole
        ([O] * 8, [O, B, I, I, E, O, O, O], [(5, 8)]),  # the left window sees a part of it, and does not know it
        ([O, O, O, O, O, B, I, E], [O, B, I, I, I, E, O, O], [(5, 9)]),  # or takes the part for the whole
        ([O, O, B, I, I, I, E, O], [S, S, S, O, O, O, O, O], [(2, 6)]),  # the right window sees the end of it alone
        ([O, O, O, O, S, B, E, O], [O, O, S, S, O, S, O, O], [(4, 4), (6, 6), (7, 7), (9, 9)]),
        ([O, O, B, I, I, I, I, E], [B, I, I, I, I, I, E, O], [(2, 10)]),  # longer than what the windows share
    ],
)
def test_spans_at_a_seam_by_hand(left: list[int], right: list[int], expected: list[tuple[int, int]]) -> None:
    assert spans(TWO, [sure(left), sure(right)]) == expected


def test_two_spans_that_touch_at_a_seam_are_not_joined_to_one_that_no_window_found() -> None:
    left, right = sure([O] * 8), sure([O] * 8)
    left[5, [S, B, O]] = np.log([0.55, 0.45, 1e-9])
    right[2, [S, E, O]] = np.log([0.4, 0.6, 1e-9])
    assert spans_of(best_sequence(left)) == [(5, 5)]
    assert spans_of(best_sequence(right)) == [(2, 2)]
    assert spans_of(best_sequence(np.concatenate([left[:6], right[2:]]))) == [
        (5, 6)
    ]  # what the decisions one after the other would make of them
    assert spans(TWO, [left, right]) == [(5, 5), (6, 6)]


def test_no_span_crosses_from_one_sentence_into_the_next() -> None:
    left, right = sure([O, B]), sure([E, O])
    assert spans_of(best_sequence(np.concatenate([left, right]))) == [(1, 2)]
    assert spans([Window(0, 2, 0, 2), Window(2, 4, 2, 4)], [left, right]) == [
        *spans([Window(0, 2, 0, 2)], [left]),
        *spans([Window(2, 4, 2, 4)], [right]),
    ]


def test_texts_without_windows_have_no_parts() -> None:
    assert list(parts_between_seams([], [])) == []


@pytest.mark.parametrize("seed", range(80))
def test_every_span_is_one_that_a_window_found_and_what_all_found_is_there(seed: int) -> None:
    source = random.Random(seed)
    counts = [source.choice((1, 1, 2, 3, 9)) for _ in range(source.randint(1, 120))]
    size = source.randint(30, 50)
    made = windows(counts, size=size, overlap=source.randint(0, size // 4))
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(len(counts), 5))
    noise = source.choice((0.0, 0.5, 2.0))
    scores = [
        common[window.first : window.last] + noise * generator.normal(size=(window.last - window.first, 5))
        for window in made
    ]
    own = [
        {(first + window.first, last + window.first) for first, last in spans_of(best_sequence(part))}
        for window, part in zip(made, scores, strict=True)
    ]
    found = spans(made, scores)
    assert sum(len(part) for _, part in parts_between_seams(made, scores)) == len(counts)
    assert all(left[1] < right[0] for left, right in pairwise(found))
    for (left, right), (left_spans, right_spans) in zip(pairwise(made), pairwise(own), strict=True):
        places = range(right.first, left.last + 1)
        if not any(all(not first < place <= last for first, last in left_spans | right_spans) for place in places):
            return  # somewhere a span is open in one of the windows at every place
    assert set(found) <= set().union(*own)
    for span in set().union(*own):
        reading = [
            spans for window, spans in zip(made, own, strict=True) if window.first <= span[1] and span[0] < window.last
        ]
        assert span in found or not all(span in spans for spans in reading)
