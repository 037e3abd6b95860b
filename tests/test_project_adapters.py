"""The adapters that ship with the project, and that an installation finds them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import yaml
from project_tree import ROOT

from cascade.adapters.card import CARD, WEIGHTS, read_adapter

MAX_ADAPTER_BYTES = 120_000_000
BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")


def test_every_adapter_folder_has_a_card() -> None:
    folders = {
        file.parent for name in (CARD, WEIGHTS, "adapter_config.json") for file in (ROOT / "adapters").rglob(name)
    }
    assert [folder for folder in sorted(folders) if read_adapter(folder).folder != folder] == []


def test_the_adapters_are_small() -> None:
    assert sum(file.stat().st_size for file in (ROOT / "adapters").rglob("*") if file.is_file()) <= MAX_ADAPTER_BYTES


def test_the_adapters_hold_nothing_that_runs_code_when_loaded() -> None:
    known = {".safetensors", ".json", ".jsonl", ".md", ".png", ".txt"}
    assert [
        file
        for file in (ROOT / "adapters").rglob("*")
        if file.is_file() and file.suffix not in known and file.name != ".gitkeep"
    ] == []


def test_the_notice_names_every_corpus_of_the_shipped_mixture() -> None:
    mixture = yaml.safe_load((ROOT / "train" / "multilingual.yaml").read_text(encoding="utf-8"))
    named = set((ROOT / "NOTICE").read_text(encoding="utf-8").replace(",", " ").replace(":", " ").split())
    assert [corpus["path"] for corpus in mixture["corpora"] if corpus["path"].partition("/")[0] not in named] == []


def test_no_card_names_a_folder_of_one_machine() -> None:
    cards = sorted((ROOT / "adapters").rglob(CARD))
    assert [
        file
        for file in cards
        if any(str(value).startswith("/") for value in read_adapter(file.parent).card.training["command"].values())
    ] == []


def test_a_wheel_holds_the_adapters_and_the_licences(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for package in ("cascade", "data_formats", "train"):
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in BUILT_FROM:
        shutil.copy(ROOT / name, source / name)
    for stage in ("extractor", "classifier"):
        folder = source / "adapters" / "tiny" / stage
        folder.mkdir(parents=True)
        (folder / WEIGHTS).write_bytes(b"weights")
        (folder / CARD).write_text("{}")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(tmp_path),
        str(source),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    (wheel,) = tmp_path.glob("cascade_ner-*.whl")
    names = set(ZipFile(wheel).namelist())
    adapters = {
        f"cascade/shipped_adapters/tiny/{stage}/{name}"
        for stage in ("extractor", "classifier")
        for name in (WEIGHTS, CARD)
    }
    licences = {
        f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info/licenses/{name}" for name in ("LICENSE", "NOTICE")
    }
    code = {
        f"{file.relative_to(ROOT)}"
        for package in ("cascade", "data_formats", "train")
        for file in (ROOT / package).rglob("*.py")
    }
    recipes = {f"train/{file.name}" for file in (ROOT / "train").iterdir() if file.suffix in (".yaml", ".json")}
    assert "train/extractor.yaml" in recipes
    others = {"cascade/pipeline/golden_scores.json", "cascade/py.typed", "data_formats/py.typed"}
    assert {name for name in names if "dist-info" not in name} == adapters | code | recipes | others
    assert licences <= names
