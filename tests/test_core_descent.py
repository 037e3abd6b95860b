"""The way down a taxonomy by hand: how deep a span is typed, with which score, and what is read on each level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest

from cascade.stages.classifier import Classifier
from cascade.stages.decisions import Floats
from cascade.stages.descent import Candidate, Descent, shown_score
from cascade.stages.extractor import Extractor, Readings, Span
from cascade.taxonomy.tree import EntityType, Taxonomy
from cascade.text.encoded import EncodedText

CITY = EntityType("city", None, (EntityType("capital"), EntityType("port")))
PLACES = Taxonomy((EntityType("location", None, (CITY, EntityType("country"))), EntityType("person")))
TEXT = "Oslo"


def read(*texts: str) -> Readings:
    """What reading texts leaves where nobody looks at it."""
    return Readings(cast(Extractor, None), None, [EncodedText(text, (), (), ()) for text in texts], (), ())


class Answers:
    """In place of a classifier: the probabilities of each level, by its first name, and the names it was asked for with
    how many spans.
    """

    def __init__(self, *levels: dict[str, float]) -> None:
        self.levels = {next(iter(level)): level for level in levels}
        self.asked: list[tuple[str, int]] = []

    def __call__(self, readings: Readings, spans: Sequence[Sequence[Any]], types: Sequence[str]) -> list[list[Floats]]:
        level = self.levels[types[0]]
        self.asked.append((types[0], sum(map(len, spans))))
        assert [*types, "none"] == list(level)
        return [[np.log(list(level.values()))] * len(of_text) for of_text in spans]


ROOTS = {"location": 0.8, "person": 0.1, "none": 0.1}


def typed(classifier: Answers, min_score: float, span_score: float = 1.0) -> tuple[tuple[str, ...], float]:
    """The path and the score of one span."""
    descent = Descent(read(TEXT), PLACES, cast(Classifier, classifier), dict.fromkeys(PLACES.labels(), min_score))
    [candidate] = descent([Candidate(0, Span(0, 4, span_score), (), float(np.log(span_score)))])
    return candidate.path, candidate.score


@pytest.mark.parametrize(
    ("min_score", "expected"),
    [
        (0.0, (("location", "city", "capital"), 0.24)),
        (0.24, (("location", "city", "capital"), 0.24)),
        (0.25, (("location", "city"), 0.48)),
        (0.48, (("location", "city"), 0.48)),
        (0.5, (("location",), 0.8)),
        (0.8, (("location",), 0.8)),
        (0.9, (("location",), 0.8)),  # too little at the roots already: left out by whoever asked
    ],
)
def test_a_span_gets_the_deepest_name_that_is_sure_enough(
    min_score: float, expected: tuple[tuple[str, ...], float]
) -> None:
    levels = ROOTS, {"city": 0.6, "country": 0.3, "none": 0.1}, {"capital": 0.5, "port": 0.4, "none": 0.1}
    assert typed(Answers(*levels), min_score) == expected


def test_nothing_is_asked_below_a_name_that_is_not_sure_enough() -> None:
    levels = ROOTS, {"city": 0.6, "country": 0.3, "none": 0.1}, {"capital": 0.5, "port": 0.4, "none": 0.1}
    for min_score, asked in ((0.9, ["location"]), (0.5, ["location", "city"]), (0.25, ["location", "city", "capital"])):
        classifier = Answers(*levels)
        typed(classifier, min_score)
        assert classifier.asked == [(name, 1) for name in asked]


@pytest.mark.parametrize(("min_score", "score"), [(0.0, 0.4), (0.4, 0.4), (0.5, 0.8)])
def test_none_of_the_kinds_leaves_the_name_above_with_a_score_that_is_sure_enough(
    min_score: float, score: float
) -> None:
    assert typed(Answers(ROOTS, {"city": 0.25, "country": 0.25, "none": 0.5}), min_score) == (("location",), score)


@pytest.mark.parametrize("min_score", [0.0, 0.5, 0.9])
def test_what_is_rejected_at_the_roots_has_no_path(min_score: float) -> None:
    classifier = Answers({"location": 0.3, "person": 0.1, "none": 0.6})
    assert typed(classifier, min_score) == ((), 0.6)
    assert classifier.asked == [("location", 1)]


def test_the_spans_own_probability_counts_on_each_level() -> None:
    assert typed(Answers(ROOTS, {"city": 0.1, "country": 0.8, "none": 0.1}), 0.3, span_score=0.5) == (
        ("location", "country"),
        0.32,
    )
    assert typed(Answers(ROOTS, {"city": 0.1, "country": 0.7, "none": 0.2}), 0.3, span_score=0.5) == (
        ("location",),
        0.4,
    )


def test_no_candidates_ask_nothing() -> None:
    classifier = Answers(ROOTS)
    assert list(Descent(read(), PLACES, cast(Classifier, classifier), {})([])) == []
    assert classifier.asked == []


def test_a_candidate_lists_the_likeliest_types_of_its_own_level() -> None:
    levels = {"location": 0.6, "person": 0.3, "none": 0.1}, {"city": 0.25, "country": 0.75, "none": 0.0001}
    text = read(TEXT)
    kinds = Taxonomy.flat(["location", "person"])
    flat = Descent(text, kinds, cast(Classifier, Answers(levels[0])), dict.fromkeys(kinds.labels(), 0.0), top_k=3)
    deep = Descent(text, PLACES, cast(Classifier, Answers(*levels)), dict.fromkeys(PLACES.labels(), 0.0), top_k=1)
    span = Candidate(0, Span(0, 4, 0.5), (), float(np.log(0.5)))
    [listed], [deepest] = flat([span]), deep([span])
    assert [(path, shown_score(score)) for path, score in listed.alternatives] == [
        (("location",), 0.3),
        (("person",), 0.15),
    ]
    assert [(path, shown_score(score)) for path, score in deepest.alternatives] == [(("location", "country"), 0.225)]
    assert deepest.path == ("location", "country")
