"""Scores by layer of nested entities."""

from __future__ import annotations

import random

import pytest

from cascade.document import Document, Entity
from cascade.scoring.layers import counts_by_layer, layers_of
from cascade.scoring.report import Counts
from cascade.scoring.scores import score
from cascade.scoring.table import score_table

GOLD = Document(
    "a", "University of Oslo Library", "en", (Entity(0, 26, "org"), Entity(0, 18, "org"), Entity(14, 18, "place"))
)
PREDICTED = GOLD.with_entities((Entity(0, 18, "org"), Entity(14, 18, "org")))


def test_a_layer_is_how_many_spans_an_entity_lies_in() -> None:
    mentions = {(0, 9, "x"), (0, 9, "y"), (0, 4, "x"), (2, 3, "x"), (8, 12, "x")}  # two types are one span
    assert layers_of(mentions) == {(0, 9): 1, (0, 4): 2, (2, 3): 3, (8, 12): 1}


def test_right_and_missed_entities_count_in_their_gold_layer_and_wrong_ones_in_their_own() -> None:
    report = score([GOLD], [PREDICTED], resamples=0)
    assert report.layers == {1: Counts(tp=0, fp=0, fn=1), 2: Counts(tp=1, fp=1, fn=0), 3: Counts(tp=0, fp=0, fn=1)}
    layers = report.to_json()["layers"]
    assert layers["2"] == {"precision": 0.5, "recall": 1.0, "f1": 2 / 3, "tp": 1, "fp": 1, "fn": 0, "support": 1}


@pytest.mark.parametrize("seed", range(20))
def test_layers_are_those_counted_one_by_one(seed: int) -> None:
    source = random.Random(seed)
    mentions = [(start, start + source.randint(1, 6), "x") for start in source.choices(range(12), k=14)]
    spans = {mention[:2] for mention in mentions}
    for (start, end), layer in layers_of(mentions).items():
        assert layer == sum(first <= start and end <= last for first, last in spans)


@pytest.mark.parametrize("seed", range(20))
def test_all_layers_together_are_all_entities(seed: int) -> None:
    source = random.Random(seed)

    def mentions() -> frozenset[tuple[int, int, str]]:
        starts = source.choices(range(10), k=8)
        return frozenset((start, start + source.randint(1, 6), source.choice("xy")) for start in starts)

    gold, predicted = mentions(), mentions()
    layers = counts_by_layer([(gold, predicted), (predicted, gold)])
    assert sum(each.tp for each in layers.values()) == 2 * len(gold & predicted)
    assert sum(each.gold for each in layers.values()) == len(gold) + len(predicted)
    assert sum(each.fp for each in layers.values()) == len(gold ^ predicted)


def test_the_table_has_a_row_for_each_layer_where_entities_nest() -> None:
    lines = score_table(score([GOLD], [PREDICTED], resamples=0)).splitlines()
    assert lines[14:18] == [
        "layer             precision  recall    F1  gold  predicted",
        "1 (outermost)           0.0     0.0   0.0     1          0",
        "2                      50.0   100.0  66.7     1          2",
        "3                       0.0     0.0   0.0     1          0",
    ]


def test_flat_entities_have_no_table_of_layers() -> None:
    flat = [GOLD.with_entities((Entity(0, 10, "org"), Entity(14, 18, "place")))]
    report = score(flat, flat, resamples=0)
    assert report.layers == {1: Counts(tp=2)}
    assert "layer" not in score_table(report)
    assert "layers" not in report.to_json()
