"""The calibration error of scores: against its definition, and in reports."""

from __future__ import annotations

import random

import pytest

from cascade import Document, Entity
from cascade.scoring.calibration import calibration_error, equal_mass_error
from cascade.scoring.scores import score
from cascade.scoring.table import score_table


def by_definition(scores: list[float], right: list[bool], bins: int) -> float:
    """The sum over bins of the share of entities times the gap between accuracy and confidence, Guo et al.,
    equation 3.
    """
    total = 0.0
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        inside = [
            (value, hit)
            for value, hit in zip(scores, right, strict=True)
            if low <= value < high or (value == 1.0 and number == bins - 1)
        ]
        if inside:
            confidence, accuracy = (
                sum(value for value, _ in inside) / len(inside),
                sum(hit for _, hit in inside) / len(inside),
            )
            total += len(inside) / len(scores) * abs(accuracy - confidence)
    return total


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("bins", [1, 8, 16])
def test_it_is_what_the_definition_says(seed: int, bins: int) -> None:
    source = random.Random(seed)
    scores = [source.choice([0.0, 1.0, source.random(), source.random()]) for _ in range(200)]
    right = [source.random() < value**2 for value in scores]
    assert calibration_error(scores, right, bins=bins) == pytest.approx(by_definition(scores, right, bins))


@pytest.mark.parametrize(
    ("scores", "right", "expected"),
    [
        ([1.0, 1.0], [True, True], 0.0),
        ([1.0, 1.0], [False, False], 1.0),
        ([0.75] * 4, [True, True, True, False], 0.0),
        ([0.75] * 4, [True] * 4, 0.25),
    ],
)
def test_by_hand(scores: list[float], right: list[bool], expected: float) -> None:
    assert calibration_error(scores, right) == pytest.approx(expected)


def test_without_entities_there_is_none() -> None:
    assert calibration_error([], []) is None
    assert equal_mass_error([], []) is None


def test_bins_of_equal_mass_hold_as_many_entities() -> None:
    scores = [0.1, 0.2, 0.6, 0.9, 0.95, 1.0]
    right = [False, True, True, False, True, True]
    # (0.1, 0.2), (0.6, 0.9), (0.95, 1.0): mean scores 0.15, 0.75, 0.975, shares right 0.5, 0.5, 1
    assert equal_mass_error(scores, right, bins=3) == pytest.approx((0.35 + 0.25 + 0.025) / 3)
    mixed = [4, 0, 3, 5, 1, 2]
    assert equal_mass_error([scores[i] for i in mixed], [right[i] for i in mixed], bins=3) == pytest.approx(0.625 / 3)
    assert equal_mass_error(scores, right, bins=1) == pytest.approx(abs(sum(right) - sum(scores)) / 6)
    by_one = sum(abs(hit - value) for hit, value in zip(right, scores, strict=True)) / 6
    assert equal_mass_error(scores, right, bins=6) == equal_mass_error(scores, right, bins=50) == pytest.approx(by_one)


def documents(*scores: float | None) -> list[Document]:
    """ "Ada" twelve times, each an entity with a score."""
    text = "Ada " * 12
    return [
        Document(
            "d",
            text,
            "en",
            tuple(Entity(4 * place, 4 * place + 3, "person", value) for place, value in enumerate(scores)),
        )
    ]


def test_reports_have_it_where_predictions_have_scores() -> None:
    gold = documents(None, None, None)
    report = score(gold, documents(0.75, 0.75, 0.75, 0.75))  # the fourth is wrong
    assert report.calibration_error == pytest.approx(0.0)
    report = score(gold, documents(0.9, 0.9, 0.5, 0.5))
    assert report.calibration_error == pytest.approx((2 * 0.1 + 0.0) / 4)
    assert report.to_json()["calibration_error"] == report.calibration_error
    assert "expected calibration error of the scores: 5.0 (10 bins)" in score_table(report).splitlines()


def test_predictions_without_scores_have_none() -> None:
    report = score(documents(None, None), documents(None, 0.5, None))
    assert report.calibration_error == pytest.approx(0.5)  # of the one that has a score, which is right
    report = score(documents(None), documents(None))
    assert report.calibration_error is None
    assert report.to_json()["calibration_error"] is None
    assert "calibration" not in score_table(report)
