"""Cross-validation of a taxonomy, level by level and flat: what is held out, trained and scored."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save_adapter

from benchmarks.levels import folds_of, main
from cascade import Document, Entity
from cascade.adapters.card import STAGES, read_adapter
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from data_formats import read, write

pytestmark = pytest.mark.slow

TREE = {"agent": ["person", "company"], "place": ["river", "other"], "other": []}
DOCUMENTS = [Document(f"{number}", f"Ada {number} met Bob", "en", (Entity(0, 3, "person"),)) for number in range(11)]


def test_every_document_is_in_one_fold() -> None:
    folds = folds_of(DOCUMENTS, 3, seed=1)
    assert [len(fold) for fold in folds] == [4, 4, 3]
    assert sorted((document.id for fold in folds for document in fold), key=int) == [
        document.id for document in DOCUMENTS
    ]
    assert folds != folds_of(DOCUMENTS, 3, seed=2)
    assert all(fold == sorted(fold, key=lambda document: int(document.id)) for fold in folds)


@pytest.mark.parametrize("count", [1, 12])
def test_impossible_numbers_of_folds_are_refused(count: int) -> None:
    with pytest.raises(CascadeError) as error:
        folds_of(DOCUMENTS, count, seed=1)
    assert str(error.value) == f"--folds {count} of 11 documents; expected 2 at least and at most one a document"


def test_each_fold_is_read_by_adapters_trained_on_the_others(
    gemma: BaseModel,
    gemma_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for stage in STAGES:
        save_adapter(gemma, gemma_folder, tmp_path / "start" / stage, stage=stage, languages=["en"], seed=1)
    trained: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        trained.append(command)
        out = Path(command[command.index("--out") + 1])
        shutil.copytree(tmp_path / "start", out)
        for stage in STAGES:
            adapter = read_adapter(out / stage)
            replace(adapter.card, training={"steps": 7}).write(adapter.folder)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    write(DOCUMENTS, str(tmp_path / "data.jsonl"), "jsonl")
    (tmp_path / "tree.json").write_text(json.dumps(TREE), encoding="utf-8")
    command = [
        "--data",
        str(tmp_path / "data.jsonl"),
        "--taxonomy",
        str(tmp_path / "tree.json"),
        "--folds",
        "2",
        "--steps",
        "7",
    ]
    command += ["--start-from", str(tmp_path / "start"), "--out", str(tmp_path / "out"), "--base", str(gemma_folder)]
    assert main(command) == 0
    assert len(trained) == 2
    folds = folds_of(DOCUMENTS, 2, seed=1)
    data = [{document.id for document in read(call[call.index("--data") + 1])} for call in trained]
    assert data == [{document.id for document in fold} for fold in reversed(folds)]  # of two, the other one
    assert data[0] != data[1]
    assert all(call[call.index("--taxonomy") + 1] == str(tmp_path / "tree.json") for call in trained)
    figures = json.loads((tmp_path / "out" / "levels.json").read_text(encoding="utf-8"))
    assert list(figures) == ["level by level", "flat"]
    assert all(row["documents"] == 11 and 0 <= row["f1"] <= 1 and row["seconds"] > 0 for row in figures.values())
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["fold", "level", "flat"] * 2
    assert [line.split()[1] for line in lines if line.startswith("flat")] == ["6", "11"]
    assert main(command) == 0
    assert len(trained) == 2  # kept


def test_a_pair_that_has_not_seen_the_documents_reads_them_all(
    gemma: BaseModel,
    gemma_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for stage in STAGES:
        save_adapter(gemma, gemma_folder, tmp_path / "pair" / stage, stage=stage, languages=["en"], seed=1)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("nothing is trained"))
    write(DOCUMENTS, str(tmp_path / "data.jsonl"), "jsonl")
    (tmp_path / "mixture.yaml").write_text(
        "corpora:\n  - {path: data.jsonl, licence: none, hold_out: 6, dev_documents: 2}\n", encoding="utf-8"
    )
    (tmp_path / "tree.json").write_text(json.dumps(TREE), encoding="utf-8")
    command = [
        "--data",
        str(tmp_path / "mixture.yaml"),
        "--taxonomy",
        str(tmp_path / "tree.json"),
        "--adapters",
        str(tmp_path / "pair"),
    ]
    command += ["--out", str(tmp_path / "out"), "--base", str(gemma_folder)]
    assert main(command) == 0
    figures = json.loads((tmp_path / "out" / "levels.json").read_text(encoding="utf-8"))
    assert all(row["documents"] == 4 for row in figures.values())  # held out, and no checkpoint chosen by them
    assert capsys.readouterr().out.splitlines()[0].split()[0] == "all"
    assert main([*command, "--sentences", "3"]) == 0
    assert all(
        row["documents"] == 3
        for row in json.loads((tmp_path / "out" / "levels.json").read_text(encoding="utf-8")).values()
    )


def test_held_out_documents_are_not_trained_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(DOCUMENTS, str(tmp_path / "data.jsonl"), "jsonl")
    (tmp_path / "mixture.yaml").write_text(
        "corpora:\n  - {path: data.jsonl, licence: none, hold_out: 6, dev_documents: 2}\n", encoding="utf-8"
    )
    (tmp_path / "tree.json").write_text(json.dumps(TREE), encoding="utf-8")
    assert (
        main(
            [
                "--data",
                str(tmp_path / "mixture.yaml"),
                "--taxonomy",
                str(tmp_path / "tree.json"),
                "--out",
                str(tmp_path / "out"),
            ]
        )
        != 0
    )
    assert (
        "which no pair should be trained on; name a data file, or a pair to read them by --adapters"
        in capsys.readouterr().err
    )
    assert main(["--data", "a", "--taxonomy", "b", "--out", "c", "--adapters", "d", "--start-from", "e"]) != 0
    assert "--adapters and --start-from are both given" in capsys.readouterr().err
