"""The few-shot curve: what is drawn, trained and kept, and its table."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save_adapter

from benchmarks import few_shot
from benchmarks.trainings import drawn
from cascade import Document, Entity
from cascade.adapters.card import STAGES, read_adapter
from cascade.model.base_model import BaseModel
from data_formats import read, write

pytestmark = pytest.mark.slow

DOCUMENTS = [Document(f"{number}", f"Ada {number} met Bob", "en", (Entity(0, 3, "person"),)) for number in range(12)]


@pytest.fixture
def command(gemma: BaseModel, gemma_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command's arguments, on the tiny model; training copies the adapters that it starts from."""
    for stage in STAGES:
        save_adapter(gemma, gemma_folder, tmp_path / "start" / stage, stage=stage, languages=["en"], seed=1)
    write(DOCUMENTS, str(tmp_path / "train.jsonl"), "jsonl")
    write(DOCUMENTS[:4], str(tmp_path / "test.jsonl"), "jsonl")
    out = ["--out", str(tmp_path / "out"), "--sizes", "3,6", "--base", str(gemma_folder), "--steps", "7"]
    return [
        "--train",
        str(tmp_path / "train.jsonl"),
        "--test",
        str(tmp_path / "test.jsonl"),
        "--start-from",
        str(tmp_path / "start"),
        *out,
    ]


@pytest.fixture
def steps() -> list[int]:
    """How many steps a training makes, in a list so that a test can change it."""
    return [7]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, steps: list[int]) -> list[list[str]]:
    """The commands of the trainings, which only copy adapters."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        shutil.copytree(value(command, "--start-from"), value(command, "--out"))
        for stage in STAGES:
            adapter = read_adapter(Path(value(command, "--out")) / stage)
            replace(adapter.card, training={"steps": steps[0]}).write(adapter.folder)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def value(command: list[str], option: str) -> str:
    return command[command.index(option) + 1]


def test_a_larger_draw_holds_a_smaller_one() -> None:
    small, large = (drawn(DOCUMENTS, size, 4) for size in (3, 6))
    assert large[:3] == small
    assert len({document.id for document in large}) == 6
    assert drawn(DOCUMENTS, 6, 5) != large


def test_the_curve_is_trained_scored_and_kept(
    command: list[str], trained: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert few_shot.main(command) == 0
    assert [len(list(read(value(each, "--data")))) for each in trained] == [3, 6]
    assert [value(each, option) for each in trained for option in ("--max-steps", "--epochs", "--seed")] == [
        "7",
        "7",
        "1",
    ] * 2
    rows = json.loads((tmp_path / "out" / "few-shot.json").read_text(encoding="utf-8"))
    assert [row["size"] for row in rows] == [0, 3, 6]
    assert [row["train_seconds"] is None for row in rows] == [True, False, False]
    assert (tmp_path / "out" / "few-shot.png").read_bytes().startswith(b"\x89PNG")
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[-4:]] == ["sentences", "0", "3", "6"]
    assert few_shot.main(command) == 0
    assert len(trained) == 2  # what was there is kept


def test_a_training_that_ends_too_soon_is_not_compared(
    command: list[str], trained: list[list[str]], steps: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    steps[0] = 5
    assert few_shot.main(command) == 2
    folder = Path(value(command, "--out")) / "3-sentences-7-steps-seed-1"
    assert capsys.readouterr().err.strip() == (
        f"error: {folder}: the extractor was trained for 5 steps, not 7, so it is not comparable; ask for fewer"
    )


def test_what_cannot_be_drawn_or_trained_is_an_error(
    command: list[str], trained: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for sizes in ("0", "ten", "3,,6", "-1"):
        assert few_shot.main([*command, "--sizes", sizes]) == 2
        assert (
            capsys.readouterr().err.strip()
            == f"error: --sizes {sizes!r}; expected numbers of sentences above 0, or all, separated by commas"
        )
    assert few_shot.main([*command, "--sizes", "13"]) == 2
    assert (
        capsys.readouterr().err.strip()
        == "error: there are 12 documents to train on; expected at least 13, or smaller numbers with --sizes"
    )
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 3))
    assert few_shot.main(command) == 2
    folder = Path(value(command, "--out")) / "3-sentences-7-steps-seed-1"
    assert capsys.readouterr().err.strip() == f"error: training in {folder} ended with status 3; its messages are above"
