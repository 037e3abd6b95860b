"""Adapters of single languages: what is trained, what is kept, and the table at the end."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cascade.adapters.card import PROMPT_VERSIONS, STAGES, WEIGHTS, Card, read_adapter
from train import languages
from train.corpora.mixtures import read_mixture


def put(folder: Path, *, code: str, builds_on: str = "", stage: str, dev: tuple[float, float] = (0.5, 0.6)) -> None:
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes(stage.encode())
    Card(
        stage,
        "tiny",
        "f" * 64,
        PROMPT_VERSIONS[stage],
        [code],
        ["person"],
        scores={"dev_f1": dev[1]},
        builds_on=builds_on,
    ).write(folder)
    (folder / "log.jsonl").write_text(
        json.dumps({"step": 0, "eval_f1": dev[0]}) + "\n" + json.dumps({"step": 4, "eval_f1": dev[1]}) + "\n",
        encoding="utf-8",
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for stage in STAGES:
        put(tmp_path / "multilingual" / stage, code="many", stage=stage)
    return tmp_path / "multilingual"


@pytest.fixture
def mixture(tmp_path: Path) -> Path:
    file = tmp_path / "mixture.yaml"
    file.write_text(
        "corpora: [{path: a, language: de}, {path: b, language: fi}, {path: c, language: de}, {path: d}]",
        encoding="utf-8",
    )
    return file


def test_languages_are_trained_in_turn_and_those_that_are_there_kept(
    root: Path, mixture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []

    def train(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        code, out = (command[command.index(option) + 1] for option in ("--language", "--out"))
        for stage in command[command.index("--stages") + 1].split(","):
            put(
                Path(out) / stage,
                code=code,
                stage=stage,
                builds_on=read_adapter(root / stage).checksum(),
                dev=(0.7, 0.8 if stage == "extractor" else 0.9),
            )
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", train)
    arguments = [
        "--data",
        str(mixture),
        "--build-on",
        str(root),
        "--out",
        str(tmp_path / "out"),
        "--max-steps",
        "7",
        "--compile",
    ]
    assert languages.main([*arguments, "--languages", "fi"]) == 0
    assert languages.main(arguments) == 0
    assert [command[command.index("--language") + 1] for command in asked] == ["fi", "de"]
    assert asked[0][asked[0].index("--max-steps") + 1] == "7"
    assert asked[0][-1] == "--compile"
    lines = capsys.readouterr().out.splitlines()
    assert "fi: is there" in lines
    assert [line.split() for line in lines[-2:]] == [
        ["de", "70.0", "80.0", "70.0", "90.0"],
        ["fi", "70.0", "80.0", "70.0", "90.0"],
    ]
    assert languages.main([*arguments, "--languages", "fi,xx"]) == 2
    assert capsys.readouterr().err.strip() == "error: --languages: xx; expected some of de, fi"
    assert (
        languages.main([*arguments[:-1], "--out", str(tmp_path / "one"), "--stages", "extractor", "--languages", "de"])
        == 0
    )
    assert [line.split() for line in capsys.readouterr().out.splitlines()[-1:]] == [["de", "70.0", "80.0"]]
    assert not (tmp_path / "one" / "de" / "classifier").exists()
    assert languages.main([*arguments, "--stages", "finder"]) == 2
    assert (
        capsys.readouterr().err.strip()
        == "error: --stages: finder; expected extractor and/or classifier, separated by a comma"
    )


def test_differences_of_a_folder_are_trained_further_with_their_own_rank(
    root: Path, mixture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []

    def train(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", train)
    command = ["--data", str(mixture), "--build-on", str(root), "--out", str(tmp_path / "out"), "--languages", "de"]
    assert languages.main([*command, "--start-from", str(tmp_path / "moved")]) == 2
    assert asked[0][asked[0].index("--start-from") + 1] == str(tmp_path / "moved" / "de")
    assert "--rank" not in asked[0]


def test_adapters_that_build_on_others_are_trained_again(root: Path, tmp_path: Path) -> None:
    for stage in STAGES:
        put(tmp_path / "de" / stage, code="de", stage=stage, builds_on="ab" * 32)
    assert not languages.is_done(tmp_path / "de", root, STAGES)
    put(
        tmp_path / "fi" / "extractor",
        code="fi",
        stage="extractor",
        builds_on=read_adapter(root / "extractor").checksum(),
    )
    assert languages.is_done(tmp_path / "fi", root, ["extractor"])
    assert not languages.is_done(tmp_path / "fi", root, STAGES)


def test_a_failed_training_ends_the_command(
    root: Path, mixture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 3))
    assert languages.main(["--data", str(mixture), "--build-on", str(root), "--out", str(tmp_path / "out")]) == 2
    assert (
        capsys.readouterr().err.strip()
        == "error: training the adapters of 'de' ended with status 3; its messages are above"
    )


def test_the_shipped_mixture_names_a_dev_corpus_for_each_language() -> None:
    mixture = read_mixture(languages.MIXTURE)
    codes = [code for name in mixture.languages for code in name.split("+")]
    assert len(codes) == len(set(codes)) == 24
    assert "bs+hr+sr" in mixture.languages
    assert {entry["language"] for entry in mixture.entries if "dev" in entry or "hold_out" in entry} == set(
        mixture.languages
    )
    assert all(("language" in entry) != bool(entry.get("replay")) for entry in mixture.entries)
