"""Bootstrap intervals beside the slow obvious algorithm."""

from __future__ import annotations

import random

import numpy as np
import pytest

from cascade.document import Document, Entity
from cascade.errors import ScoringError
from cascade.scoring import bootstrap
from cascade.scoring.bootstrap import Interval, distinct_rows, draw_weights, f1_intervals
from cascade.scoring.report import Counts
from cascade.scoring.scores import score


def random_counts(seed: int, documents: int) -> list[list[tuple[int, int, int]]]:
    """(true positives, gold, predicted) of each document, for two measures."""
    source = random.Random(seed)
    counts = []
    for _ in range(documents):
        gold, predicted = source.randint(0, 3), source.randint(0, 3)
        counts.append([(source.randint(0, min(gold, predicted)), gold, predicted) for _ in range(2)])
    return counts


def f1_of(documents: list[tuple[int, int, int]]) -> float:
    tp, gold, predicted = (sum(column) for column in zip(*documents, strict=True))
    return Counts(tp=tp, fp=predicted - tp, fn=gold - tp).f1


def test_intervals_equal_a_plain_loop_over_the_same_resamples() -> None:
    counts = random_counts(1, 30)
    rows, multiplicity = distinct_rows(np.array(counts))
    weights = draw_weights(np.random.default_rng(7), multiplicity, 50)
    assert set(weights.sum(axis=1)) == {30}
    intervals = f1_intervals(np.array(counts), resamples=50, seed=7)
    for measure, interval in enumerate(intervals):
        f1 = [
            f1_of([tuple(row[measure]) for row, times in zip(rows.tolist(), drawn, strict=True) for _ in range(times)])
            for drawn in weights.tolist()
        ]
        assert interval is not None
        assert (interval.low, interval.high) == pytest.approx(tuple(np.quantile(f1, [0.025, 0.975])), abs=1e-12)
    assert len(intervals) == 2


def test_intervals_agree_with_drawing_documents_one_by_one() -> None:
    counts = [row[0] for row in random_counts(2, 40)]
    source = random.Random(3)
    f1 = [f1_of(source.choices(counts, k=len(counts))) for _ in range(4000)]
    low, high = np.quantile(f1, [0.025, 0.975])
    [interval] = f1_intervals(np.array(counts)[:, None], resamples=4000, seed=0)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.02)
    assert high - low > 0.1


def test_drawing_in_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.array(random_counts(4, 25))
    at_once = f1_intervals(counts, resamples=40, seed=0)
    monkeypatch.setattr(bootstrap, "WEIGHTS_AT_ONCE", 100)
    assert f1_intervals(counts, resamples=40, seed=0) == at_once


def test_documents_that_are_all_alike_leave_no_width() -> None:
    gold = [
        Document(str(i), "Ada in London", "en", (Entity(0, 3, "person"), Entity(7, 13, "location"))) for i in range(20)
    ]
    predicted = [d.with_entities([Entity(0, 3, "person"), Entity(7, 13, "person")]) for d in gold]
    report = score(gold, predicted)
    assert report.f1_interval == report.languages["en"].f1_interval == Interval(0.5, 0.5)
    assert report.span_f1_interval == Interval(1.0, 1.0)


def test_the_seed_decides_the_resamples() -> None:
    counts = np.array(random_counts(5, 25))
    assert f1_intervals(counts, resamples=100, seed=1) == f1_intervals(counts, resamples=100, seed=1)
    assert f1_intervals(counts, resamples=100, seed=1) != f1_intervals(counts, resamples=100, seed=2)


def test_a_language_has_the_interval_that_it_has_alone() -> None:
    documents = [
        Document(
            str(i),
            "Ada in London",
            "en" if i % 2 else "de",
            (Entity(0, 3, "person"), Entity(7, 13, "location"))[: i % 3],
        )
        for i in range(30)
    ]
    predicted = [d.with_entities(d.entities[i % 2 :]) for i, d in enumerate(documents)]
    together = score(documents, predicted).languages["de"]
    alone = score(documents[::2], predicted[::2])
    assert together == alone.languages["de"]
    assert together.f1_interval == alone.f1_interval is not None


def test_no_documents_or_no_resamples_give_no_interval() -> None:
    assert f1_intervals(np.zeros((0, 2, 3), dtype=np.int64), resamples=10, seed=0) == [None, None]
    assert f1_intervals(np.ones((4, 1, 3), dtype=np.int64), resamples=0, seed=0) == [None]


@pytest.mark.parametrize(
    ("resamples", "seed", "message"),
    [
        (-1, 0, "resamples is -1; expected 0 (no intervals) to 1,000,000"),
        (10, -2, "seed is -2; expected 0 or more"),
    ],
)
def test_options_out_of_range_are_refused(resamples: int, seed: int, message: str) -> None:
    with pytest.raises(ScoringError) as caught:
        score([], [], resamples=resamples, seed=seed)
    assert str(caught.value) == message
