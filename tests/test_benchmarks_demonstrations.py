"""The ablation of demonstrations: what is trained, read with what, and its table."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save_adapter

from benchmarks import demonstrations
from cascade import Document, Entity
from cascade.adapters.card import STAGES, read_adapter
from cascade.model.base_model import BaseModel
from data_formats import read, write

pytestmark = pytest.mark.slow

DOCUMENTS = [Document(f"{number}", f"Ada {number} met Bob", "en", (Entity(0, 3, "person"),)) for number in range(12)]


def value(command: list[str], option: str) -> str:
    return command[command.index(option) + 1]


def test_each_kind_is_trained_and_read_without_and_with(
    gemma: BaseModel,
    gemma_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        for stage in STAGES:
            adapter = read_adapter(
                save_adapter(
                    gemma, gemma_folder, Path(value(command, "--out")) / stage, stage=stage, languages=["en"], seed=1
                )
            )
            steps = int(value(command, "--max-steps"))
            replace(adapter.card, demonstrations=value(command, "--demonstrations"), training={"steps": steps}).write(
                adapter.folder
            )
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    write(DOCUMENTS, str(tmp_path / "train.jsonl"), "jsonl")
    write(DOCUMENTS[:3], str(tmp_path / "test.jsonl"), "jsonl")
    sizes = ["--sizes", "4,all", "--kinds", "none,both", "--steps", "5"]
    files = [
        "--train",
        str(tmp_path / "train.jsonl"),
        "--test",
        str(tmp_path / "test.jsonl"),
        "--out",
        str(tmp_path / "out"),
        "--base",
        str(gemma_folder),
    ]
    assert demonstrations.main([*files, *sizes]) == 0
    assert [(len(list(read(value(each, "--data")))), value(each, "--demonstrations")) for each in commands] == [
        (4, "none"),
        (4, "both"),
        (12, "none"),
        (12, "both"),
    ]
    assert [value(each, "--epochs") for each in commands] == ["63", "63", "21", "21"]
    assert all(value(each, "--start-from") == "nothing" and value(each, "--max-steps") == "5" for each in commands)
    rows = json.loads((tmp_path / "out" / "demonstrations.json").read_text(encoding="utf-8"))
    found = [(row["sentences"], row["kind"], row["with"] is None) for row in rows]
    assert found == [(4, "none", True), (4, "both", False), (12, "none", True), (12, "both", False)]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["sentences", "training"],
        ["4", "none"],
        ["4", "both"],
        ["12", "none"],
        ["12", "both"],
    ]
    assert demonstrations.main([*files, *sizes]) == 0
    assert len(commands) == 4  # what was there is kept
    capsys.readouterr()
    assert demonstrations.main([*files, *sizes, "--learning-rate", "1e-3"]) == 2  # and not taken for what it is not
    folder = tmp_path / "out" / "4-none-5-steps-seed-1"
    assert (
        capsys.readouterr().err.strip()
        == f"error: {folder}: holds a training with other options or from other documents; name another --out, or "
        "remove it"
    )
