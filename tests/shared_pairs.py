"""A small pair to share, and a folder of the user for it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import save_adapter

from cascade.adapters.card import STAGES, read_adapter, shipped_adapters
from cascade.adapters.user_folder import ADAPTERS
from cascade.model.base_model import BaseModel


@pytest.fixture(scope="module")
def made(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair whose cards name the embedded base model."""
    embedded = read_adapter(shipped_adapters() / "multilingual" / "classifier").card
    folder = tmp_path_factory.mktemp("made") / "law-en"
    for stage in STAGES:
        save_adapter(gemma, gemma_folder, folder / stage, stage=stage, languages=["en"], seed=1)
        (folder / stage / "README.md").unlink()  # PEFT's own
        card = read_adapter(folder / stage).card
        data = [{"name": "statutes", "documents": 48, "entities": 90, "licence": "CC BY 4.0"}]
        scores = {"dev_f1": 0.8, "dev_pair_f1": 0.75, "dev_pair_f1_low": 0.7, "dev_pair_f1_high": 0.8}
        replace(
            card,
            base=embedded.base,
            base_fingerprint=embedded.base_fingerprint,
            data=data,
            scores={**scores, "dev_pair_f1_before": 0.3},
        ).write(folder / stage)
    return folder


@pytest.fixture
def pair(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "law-en"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(ADAPTERS, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"
