"""Which checkpoint of a run becomes the adapter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from train.sft import best_checkpoint


def run_of(folder: Path, scores: dict[int, float], *, steps: int) -> None:
    """A run that was scored at some steps, the first of the best ones named as the best as the trainer does."""
    best = max(scores, key=lambda step: (scores[step], -step), default=None)
    for step in sorted({*scores, steps}):
        (folder / f"checkpoint-{step}").mkdir()
    state: dict[str, Any] = {
        "global_step": steps,
        "log_history": [{"step": 1, "loss": 2.0}, *({"step": step, "eval_f1": scores[step]} for step in scores)],
    }
    if best is not None:
        state |= {"best_model_checkpoint": f"/elsewhere/checkpoint-{best}", "best_metric": scores[best]}
    (folder / f"checkpoint-{steps}" / "trainer_state.json").write_text(json.dumps(state), encoding="utf-8")


@pytest.mark.parametrize(
    ("scores", "steps", "expected"),
    [
        ({10: 0.8, 20: 0.7, 30: 0.6}, 30, 10),
        ({10: 0.7, 20: 0.8, 30: 0.8}, 30, 30),  # as good with more steps
        ({10: 0.7, 20: 0.8, 30: 0.79}, 30, 20),
        ({10: 0.8, 20: 0.8}, 25, 10),  # the last one was not scored
        ({}, 25, 25),
    ],
)
def test_the_best_is_kept_and_of_equals_the_last(
    tmp_path: Path, scores: dict[int, float], steps: int, expected: int
) -> None:
    run_of(tmp_path, scores, steps=steps)
    assert best_checkpoint(tmp_path) == tmp_path / f"checkpoint-{expected}"


def test_no_run_has_none(tmp_path: Path) -> None:
    assert best_checkpoint(tmp_path) is None
    (tmp_path / "checkpoint-5").mkdir()  # not written whole
    assert best_checkpoint(tmp_path) is None
