"""The comparison as a command: what it trains and keeps, its results, and what is wrong with its input."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from tiny_models import save_adapter
from transformers import AutoModelForCausalLM

from benchmarks import memorisation
from benchmarks.systems import __main__ as systems
from benchmarks.systems import comparing
from benchmarks.systems.kept_folders import alone_in
from cascade import Document, Entity
from cascade.adapters.card import read_adapter
from cascade.model.base_model import BaseModel
from data_formats import write
from train import published, run

pytestmark = pytest.mark.slow
TOKENS = 300
DOCUMENTS = [
    Document(f"d{number}", f"Ada saw Rome {number}", "en", (Entity(0, 3, "person"), Entity(8, 12, "city")))
    for number in range(12)
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write(DOCUMENTS, str(tmp_path / "train.jsonl"), "jsonl")
    write(DOCUMENTS[:3], str(tmp_path / "test.jsonl"), "jsonl")
    return tmp_path


@pytest.fixture
def command(data: Path, gemma_folder: Path) -> list[str]:
    files = [
        "--train",
        str(data / "train.jsonl"),
        "--dev",
        str(data / "test.jsonl"),
        "--test",
        str(data / "test.jsonl"),
    ]
    return [*files, "--out", str(data / "out"), "--base", str(gemma_folder), "--train-tokens", str(TOKENS)]


@pytest.fixture
def trainings(
    gemma: BaseModel, gemma_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, argparse.Namespace]]:
    """The trainings that were started; each writes a random adapter in place of a trained one."""
    started: list[tuple[str, argparse.Namespace]] = []

    def train(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        module = command[2]
        parser = {"train.run": run, "train.published": published}[module].arguments()
        asked = parser.parse_args(command[3:])
        started.append((module, asked))
        if module == "train.published":
            torch.manual_seed(1)
            models: Any = AutoModelForCausalLM
            config = LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
            get_peft_model(models.from_pretrained(gemma_folder), config).save_pretrained(str(asked.out))
        else:
            [stage] = asked.stages
            save_adapter(gemma, gemma_folder, asked.out / stage, stage=stage, languages=["en"], seed=1)
            adapter = read_adapter(asked.out / stage)
            replace(adapter.card, training={"steps": asked.max_steps}).write(adapter.folder)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", train)
    for module in ("one_stage", "two_stages"):  # random weights end no answer by themselves
        monkeypatch.setattr(f"cascade.published.{module}._LONGEST", 12)
    return started


def results(folder: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads((folder / "systems.json").read_text(encoding="utf-8"))
    return about


def test_systems_are_trained_alike_read_scored_and_kept(
    command: list[str],
    trainings: list[tuple[str, argparse.Namespace]],
    data: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only = ["--only", "ours,xml-copying,cascadener,xml"]
    assert systems.main([*command, *only]) == 0
    assert [module for module, _ in trainings] == ["train.run"] * 2 + ["train.published"] * 3
    assert [asked.out.parent.name.rpartition("-")[0] for _, asked in trainings] == [
        "ours",
        "ours",
        "xml",
        "marked",
        "types",
    ]
    about = results(data / "out")
    rows = {row["system"]: row for row in about["rows"]}
    assert list(rows) == ["ours", "xml-copying", "cascadener", "xml"]
    for row in rows.values():
        least = TOKENS * (1 if row["system"].startswith("xml") else 0.5)
        assert all(least <= model["tokens"] < 2 * TOKENS for model in row["models"].values())
        assert row["tokens"] >= TOKENS
        assert row["sentences"] == 3
    assert (rows["ours"]["legal"], rows["xml-copying"]["legal"]) == (None, 1.0)
    assert rows["cascadener"]["answers"] >= 3
    table = (data / "out" / "systems.md").read_text(encoding="utf-8")
    assert [line.split(" | ")[0] for line in table.splitlines()[2:6]] == [
        "| our two stages",
        "| one stage, xml, copying",
        "| CascadeNER, marked once",
        "| one stage, xml",
    ]
    assert capsys.readouterr().out.endswith(f"{table}\n")

    monkeypatch.setattr(comparing, "reader_of", None)  # nothing is loaded, as all readings are there
    assert systems.main([*command, *only]) == 0
    assert len(trainings) == 5
    assert results(data / "out")["rows"] == about["rows"]


def test_trainings_get_the_same_length_seed_and_checkpoints(
    command: list[str], trainings: list[tuple[str, argparse.Namespace]], data: Path
) -> None:
    given = ["--seed", "3", "--batch", "2", "--test-sentences", "1", "--train-tokens", "4000"]
    assert systems.main([*command, "--only", "ours,json", *given]) == 0
    (_, extractor), (_, classifier), (_, json_rows) = trainings
    assert [asked.seed for _, asked in trainings] == [3, 3, 3]
    assert [asked.save_every for _, asked in trainings] == [20, 20, 20]
    assert extractor.epochs > 1  # twelve documents are too few for so many tokens
    assert str(extractor.start_from) == str(classifier.start_from) == "nothing"
    rows = json_rows.rows.read_text(encoding="utf-8").splitlines()
    assert json_rows.max_steps == -(-len(rows) // 2)
    assert results(data / "out")["test_sentences"] == 1


def test_a_stage_that_was_trained_before_the_other_was_cut_off_is_kept(
    command: list[str],
    trainings: list[tuple[str, argparse.Namespace]],
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def cut_off(command: list[str], **options: Any) -> Any:
        if "classifier" in command:
            raise KeyboardInterrupt
        return train(command, **options)

    train: Callable[..., Any] = subprocess.run
    monkeypatch.setattr(subprocess, "run", cut_off)
    assert systems.main([*command, "--only", "ours"]) == 130
    monkeypatch.setattr(subprocess, "run", train)
    assert systems.main([*command, "--only", "ours"]) == 0
    assert [asked.stages for _, asked in trainings] == [("extractor",), ("classifier",)]
    [folder] = (data / "out" / "models").iterdir()
    assert json.loads((folder / "trained.json").read_text(encoding="utf-8"))["tokens"] >= TOKENS


def test_a_training_that_fails_is_told_with_its_log(
    command: list[str], data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real: Callable[..., Any] = subprocess.run

    def fail(command: list[str], **options: Any) -> Any:
        return real([sys.executable, "-c", "print('error: out of memory'); raise SystemExit(2)"], **options)

    monkeypatch.setattr(subprocess, "run", fail)
    assert systems.main([*command, "--only", "xml"]) == 2
    [log] = (data / "out" / "models").glob("xml-*/training.log")
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"error: {log}: python -m train.published ended with status 2 (error: out of memory); see there, then run the "
        "same command again"
    )


def test_what_cannot_be_compared_is_told_before_anything_is_trained(
    command: list[str], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*more: str) -> str:
        assert systems.main([*command, *more]) == 2
        return capsys.readouterr().err.splitlines()[-1]

    assert said("--dev", str(data / "no.jsonl")) == (
        f"error: {data / 'no.jsonl'}: there is no such file; expected labelled documents in any read format"
    )
    assert said("--only", "gliner").startswith("error: --only gliner needs a checkpoint; ")
    assert said("--types", "river").startswith(
        f"error: {data / 'train.jsonl'}: no document has an entity of the types "
    )
    with alone_in(data / "out"):
        assert said().startswith(f"error: {data / 'out'}: another run, or a training that it started, is at work here")


class FakeGLiNER:
    """Stands for GLiNER's package: finds Ada, an entity beyond the text, and one of another label."""

    asked: tuple[Any, ...] = ()

    @classmethod
    def from_pretrained(cls, folder: str) -> FakeGLiNER:
        assert Path(folder).name == "checkpoint"
        return cls()

    def inference(self, texts: list[str], labels: list[str], **options: Any) -> list[list[dict[str, Any]]]:
        FakeGLiNER.asked = (labels, options)
        places = [(0, 3, "person"), (90, 99, "person"), (4, 7, "dog")]
        return [[{"start": a, "end": b, "label": label, "score": 0.9} for a, b, label in places] for _ in texts]


def test_a_checkpoint_of_gliner_is_read_as_it_is(
    command: list[str], data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "gliner", SimpleNamespace(GLiNER=FakeGLiNER))
    checkpoint = data / "checkpoint"
    assert systems.main([*command, "--only", "ours,gliner", "--gliner", str(checkpoint)]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"error: --gliner {checkpoint}: there is no such folder; expected one as GLiNER saves a model"
    )
    assert not (data / "out").exists()  # told before anything is trained
    checkpoint.mkdir()
    assert systems.main([*command, "--only", "gliner", "--gliner", str(checkpoint)]) == 0
    assert FakeGLiNER.asked == (["city", "person"], {"flat_ner": True, "threshold": 0.5})
    [row] = results(data / "out")["rows"]
    assert (row["found"], row["precision"], row["recall"], row["tokens"]) == (3, 1.0, 0.5, 0)
    assert row["lost"] == {"entities are beyond the text or of a type that was not asked for": 6}
    assert systems.main([*command, "--only", "gliner", "--gliner", str(checkpoint), "--types", "person,date"]) == 0
    assert sorted(FakeGLiNER.asked[0]) == ["date", "person"]  # not what was read for other types


def test_gliner_without_its_package_names_it(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "gliner", None)
    assert systems.main([*command, "--only", "gliner", "--gliner", "checkpoint"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("error: --gliner checkpoint needs the package gliner, which cannot be imported (")
    assert said.endswith("); install it: pip install gliner")


def test_the_probe_of_memory_trains_on_names_defined_letters_and_bare_letters(
    command: list[str],
    trainings: list[tuple[str, argparse.Namespace]],
    data: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (data / "types.json").write_text(json.dumps({"person": "people", "city": "towns of any size"}), encoding="utf-8")
    asked = [*command, "--taxonomy", str(data / "types.json"), "--only", "ours", "--test-sentences", "2"]
    assert memorisation.main(asked) == 0
    told = json.loads((data / "out" / "memorisation.json").read_text(encoding="utf-8"))
    assert list(told["settings"]) == ["names", "letters with definitions", "letters"]
    assert (
        (data / "out" / "memorisation.md")
        .read_text(encoding="utf-8")
        .startswith("| system | names | letters with definitions | letters |\n|---|---|---|---|\n| our two stages | ")
    )
    names, defined, bare = (trainings[place][1].data for place in (0, 2, 4))
    assert (names.name, defined.name, bare.name) == ("train.jsonl", "mixture.yaml", "train.jsonl")
    mixture = defined.read_text(encoding="utf-8")
    assert "prompts:\n  described: 0.9\ndescriptions:\n" in mixture
    assert "towns of any size" in mixture
    types = {entity["type"] for line in bare.read_text().splitlines() for entity in json.loads(line)["entities"]}
    assert types == {"A", "B"}
    assert "Ada saw Rome" in bare.read_text(encoding="utf-8")


def test_without_definitions_there_is_no_such_setting(
    command: list[str], trainings: list[tuple[str, argparse.Namespace]], data: Path
) -> None:
    assert memorisation.main([*command, "--only", "ours", "--test-sentences", "1"]) == 0
    told = json.loads((data / "out" / "memorisation.json").read_text(encoding="utf-8"))
    assert list(told["settings"]) == ["names", "letters"]
