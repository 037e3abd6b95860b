"""Benchmarks of reading again: prompts, readings under the types' own names, and choices of several types."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.second_readings import measured, prompts, reading, rows
from benchmarks.several_types import fitted
from benchmarks.several_types import measured as measured_types
from cascade import Document, Entity

GOLD = [
    Document("1", "Ada met Bob in London", "en", (Entity(0, 3, "person"), Entity(15, 21, "location"))),
    Document("2", "Nobody came", "en"),
]


class Reads:
    """Finds the first three letters of a text as every type that it is asked for; notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], dict[str, Any]]] = []

    def __call__(self, documents: list[Document], types: list[str], **options: Any) -> list[Document]:
        self.asked.append((types, options))
        return [each.with_entities(Entity(0, 3, name, 0.5) for name in types[:1]) for each in documents]


def test_prompts_call_each_type_by_other_names() -> None:
    made = prompts(["person", "no such type"])
    assert made["names"] == [{"person": "person", "no such type": "no such type"}]
    assert made["synonyms"][0]["no such type"] == "no such type"
    assert made["synonyms"][0]["person"] != "person"
    assert made["capitals"] == [{"person": "Person", "no such type": "No Such Type"}]
    assert made["one by one"] == [{"person": "person"}, {"no such type": "no such type"}]


def test_a_reading_comes_back_under_the_types_own_names() -> None:
    ner: Any = Reads()
    found = reading(ner, GOLD, [{"person": "human being"}, {"location": "place"}])
    assert [types for types, _ in ner.asked] == [["human being"], ["place"]]
    assert [[(each.span, each.type) for each in document.entities] for document in found] == [
        [((0, 3), "location")]  # of equal scores the first by name
    ] * 2


def test_rows_are_of_single_verified_and_fused_readings() -> None:
    ner: Any = Reads()
    made = rows(ner, GOLD)
    assert [row["system"] for row in made] == [
        "read once, names", "read once, synonyms", "read once, capitals", "read once, one by one",
        "verified below 0.5", "verified below 0.7", "verified below 0.9",
        "three readings, union", "three readings, majority", "three readings, mean", "three readings, max",
    ]  # fmt: skip
    assert [options for _, options in ner.asked if options] == [{"verify_below": below} for below in (0.5, 0.7, 0.9)]


def test_figures_of_a_row_worked_out_by_hand() -> None:
    found = [GOLD[0].with_entities([Entity(0, 3, "person", 1.0)]), GOLD[1]]
    row = measured("x", GOLD, found, 1.26)
    assert (row["f1"], row["precision"], row["recall"], row["seconds"]) == (66.7, 100.0, 50.0, 1.3)
    assert row["calibration_error"] == 0.0


def test_choices_of_several_types_are_scored_by_pairs_of_span_and_type() -> None:
    right = np.array([[True, True, False], [False, False, True]])
    scores = np.array([[0.9, 0.1, 0.0], [0.2, 0.0, 0.8]])
    row = measured_types("x", scores, right, scores >= 0.15)  # three chosen, two of them right, of three to find
    assert (row["f1"], row["precision"], row["recall"]) == (66.7, 66.7, 66.7)


def test_scores_that_say_yes_too_often_are_shifted_as_the_other_half_shows() -> None:
    scores = np.full((40, 1), 0.8)
    right = np.array([[number // 2 % 4 == 0] for number in range(40)])  # a quarter of each half
    assert np.abs(fitted(scores, right) - 0.25).max() < 0.02
