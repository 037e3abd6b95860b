"""`--unsure-from` that could mark nothing."""

from __future__ import annotations

import pytest

from cascade.commands.thresholds_file import check_unsure_below
from cascade.errors import CascadeError
from cascade.pipeline.min_score import MinScore
from cascade.pipeline.settings import CallSettings


@pytest.mark.parametrize(
    ("unsure_from", "min_score", "lowest"),
    [(0.97, 0.3, "0.3"), (0.3, 0.3, "0.3"), (0.5, {"person": 0.4, "*": 0.5}, "0.5"), (0.4, {"person": 0.2}, "0.3")],
)
def test_it_is_refused_where_no_entity_could_be_unsure(unsure_from: float, min_score: MinScore, lowest: str) -> None:
    with pytest.raises(CascadeError, match=f"^--unsure-from {unsure_from:g} keeps .* the lowest score is {lowest}; "):
        check_unsure_below(unsure_from, min_score)


def test_calls_refuse_it_too() -> None:
    settings = CallSettings(0.3, 1)
    with pytest.raises(
        CascadeError, match=r"^unsure_from is 0\.5, and keeps .*; the lowest score is 0\.3; expected less"
    ):
        settings.changed(unsure_from=0.5)
    assert settings.changed(unsure_from=0.5, min_score={"person": 0.6}).unsure_from == 0.5


@pytest.mark.parametrize(("unsure_from", "min_score"), [(None, 0.3), (0.1, 0.3), (0.4, {"person": 0.5}), (0.9, 1.0)])
def test_it_is_taken_where_some_could(unsure_from: float | None, min_score: MinScore) -> None:
    check_unsure_below(unsure_from, min_score)
