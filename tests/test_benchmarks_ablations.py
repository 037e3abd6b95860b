"""Variants of the recipe: what each changes, what is trained, the table."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny_models import save_adapter

from benchmarks.ablations import changed, main, tempered, variants_of
from cascade.adapters.card import read_adapter, shipped_adapters
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from data_formats import write
from train.corpora.mixtures import read_mixture
from train.corpora.prompts import PromptShares

ROOT = Path(__file__).parents[1]
ENTRIES = "corpora: [{path: a.jsonl, hold_out: 2, detokenise: 0.3}, {path: b.jsonl}]"


def test_each_variant_of_the_project_makes_a_mixture_of_the_known_form(tmp_path: Path) -> None:
    mixture = yaml.safe_load((ROOT / "train/multilingual.yaml").read_text(encoding="utf-8"))
    variants = variants_of(ROOT / "train/ablations.yaml")
    assert variants["unchanged"] == {}
    assert not [name for name in variants if "," in name]  # or --only could not choose it
    made = {}
    for name, variant in variants.items():
        (tmp_path / "mixture.yaml").write_text(yaml.safe_dump(changed(mixture, variant)), encoding="utf-8")
        made[name] = read_mixture(tmp_path / "mixture.yaml")
    assert all(bool(variant) for name, variant in variants.items() if name != "unchanged")
    assert made["no absent types"].shares == PromptShares(absent=(0,))
    assert {entry["detokenise"] for entry in made["as tokenised"].entries} == {0}
    assert {entry["type_balance"] for entry in made["rare types first"].entries} == {0.5}
    assert len({entry["documents"] for entry in made["corpora all alike"].entries}) == 1
    assert made["unchanged"].entries == read_mixture(ROOT / "train/multilingual.yaml").entries


@pytest.mark.parametrize(
    ("temperature", "expected"), [(1, [900, 400, 100]), (0.5, [700, 467, 233]), (0, [467, 467, 467])]
)
def test_corpora_are_drawn_more_alike(temperature: float, expected: list[int]) -> None:
    assert tempered([900, 400, 100], temperature) == expected


def test_corpora_without_numbers_of_documents_cannot_be_drawn_more_alike() -> None:
    with pytest.raises(CascadeError, match="corpus_temperature: b.jsonl: no documents, the number that are drawn"):
        changed({"corpora": [{"path": "a.jsonl", "documents": 3}, {"path": "b.jsonl"}]}, {"corpus_temperature": 0})


@pytest.mark.parametrize(
    ("variant", "told"),
    [
        ("{reading: backwards}", "reading 'backwards'; expected one of from left to right"),
        ("{corpus_temperature: 2}", "corpus_temperature 2; expected a"),
    ],
)
def test_unknown_values_are_refused(tmp_path: Path, variant: str, told: str) -> None:
    (tmp_path / "variants.yaml").write_text(f"a: {variant}", encoding="utf-8")
    with pytest.raises(CascadeError, match=told):
        variants_of(tmp_path / "variants.yaml")


@pytest.mark.parametrize("content", ["[a]", "a: [b]", "a: {prompt: {}}"])
def test_variants_of_another_form_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "variants.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(CascadeError, match="expected variants by name, each with any of recipe, prompts, entries"):
        variants_of(tmp_path / "variants.yaml")


@pytest.fixture
def trained(gemma: BaseModel, gemma_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of trainings, each of which leaves an adapter that scores a tenth more than the one before."""
    save_adapter(gemma, gemma_folder, tmp_path / "one", stage="extractor", languages=["en"], seed=1)
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        out = Path(command[command.index("--out") + 1]) / "extractor"
        shutil.copytree(tmp_path / "one", out)
        adapter = read_adapter(out)
        replace(adapter.card, training={"steps": 7}, scores={"dev_f1": 0.4 + 0.1 * len(commands)}).write(adapter.folder)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    write([], str(tmp_path / "a.jsonl"), "jsonl")
    (tmp_path / "mixture.yaml").write_text(ENTRIES, encoding="utf-8")
    variants = {
        "plain": {},
        "small": {"recipe": ["lora_rank=4"], "entries": {"detokenise": 0}},
        "bare": {"prompts": {"absent": [0]}},
    }
    (tmp_path / "variants.yaml").write_text(yaml.safe_dump(variants, sort_keys=False), encoding="utf-8")
    return commands


def test_each_variant_is_trained_once_and_compared_with_the_first(
    trained: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        "--data",
        str(tmp_path / "mixture.yaml"),
        "--variants",
        str(tmp_path / "variants.yaml"),
        "--out",
        str(tmp_path / "out"),
        "--steps",
        "7",
    ]
    assert main(command) == 0
    printed = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert printed == [["plain", "50.0", "+0.0"], ["small", "60.0", "+10.0"], ["bare", "70.0", "+20.0"]]
    mixtures = [yaml.safe_load(Path(run[run.index("--data") + 1]).read_text(encoding="utf-8")) for run in trained]
    assert [[entry.get("detokenise") for entry in mixture["corpora"]] for mixture in mixtures] == [
        [0.3, None],
        [0, 0],
        [0.3, None],
    ]
    assert [mixture.get("prompts") for mixture in mixtures] == [None, None, {"absent": [0]}]
    assert ["lora_rank=4" in run for run in trained] == [False, True, False]
    assert all(run[run.index("--data-root") + 1] == str(tmp_path) for run in trained)
    figures = json.loads((tmp_path / "out" / "ablations.json").read_text(encoding="utf-8"))
    assert figures["dev_f1"] == pytest.approx({"plain": 0.5, "small": 0.6, "bare": 0.7})
    assert main([*command, "--only", "bare,plain"]) == 0
    assert [line.split()[1:] for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["70.0", "+0.0"],
        ["50.0", "-20.0"],
    ]
    assert len(trained) == 3  # kept
    (tmp_path / "mixture.yaml").write_text(ENTRIES.replace("0.3", "0.4"), encoding="utf-8")
    assert main(command) != 0
    assert "holds a training with other options or from other documents" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "reads"), [([], shipped_adapters() / "multilingual/extractor"), (["one"], "one")])
def test_variants_of_the_classifier_are_trained_behind_one_extractor(
    options: list[str], reads: Path | str, trained: list[list[str]], tmp_path: Path
) -> None:
    command = ["--data", str(tmp_path / "mixture.yaml"), "--variants", str(tmp_path / "variants.yaml"), "--steps", "7"]
    command += ["--stage", "classifier", "--out", str(tmp_path / "out")]
    named = ["--extractor", str(tmp_path / options[0])] if options else []
    assert main([*command, *named]) == 2  # the stand-in leaves no classifier
    [run] = trained
    assert run[run.index("--extractor") + 1] == str(tmp_path / reads)
    assert run[run.index("--stages") + 1] == "classifier"


def test_an_extractor_is_for_classifiers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", "a.yaml", "--out", str(tmp_path), "--extractor", "one"]) == 2
    assert "--extractor one: for --stage classifier; leave it out" in capsys.readouterr().err


def test_a_training_that_ends_early_is_not_compared(
    trained: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        "--data",
        str(tmp_path / "mixture.yaml"),
        "--variants",
        str(tmp_path / "variants.yaml"),
        "--out",
        str(tmp_path / "out"),
    ]
    assert main([*command, "--steps", "9"]) != 0
    assert "was trained for 7 steps, not 9, so it is not comparable; ask for fewer" in capsys.readouterr().err
    assert main([*command, "--only", "huge"]) != 0
    assert "--only: huge; expected some of plain, small, bare" in capsys.readouterr().err


def test_another_way_to_read_and_another_seed_are_passed_on(trained: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / "variants.yaml").write_text("brackets: {reading: brackets}\nseed: {seed: 5}\n", encoding="utf-8")
    command = [
        "--data",
        str(tmp_path / "mixture.yaml"),
        "--variants",
        str(tmp_path / "variants.yaml"),
        "--out",
        str(tmp_path / "out"),
        "--steps",
        "7",
    ]
    assert main(command) == 0
    assert [run[2:4] for run in trained] == [["benchmarks.other_readings", "brackets"], ["train.run", "--data"]]
    assert [run[run.index("--seed") + 1] for run in trained] == ["1", "5"]


def test_a_seed_of_nought_is_passed_on(trained: list[list[str]], tmp_path: Path) -> None:
    command = [
        "--data",
        str(tmp_path / "mixture.yaml"),
        "--variants",
        str(tmp_path / "variants.yaml"),
        "--out",
        str(tmp_path / "out"),
    ]
    assert main([*command, "--steps", "7", "--seed", "0", "--only", "plain"]) == 0
    assert trained[0][trained[0].index("--seed") + 1] == "0"
    assert "--compile" not in trained[0]
