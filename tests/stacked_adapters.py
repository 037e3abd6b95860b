"""Adapters that are differences to others, to be read beside one base model's layers."""

from __future__ import annotations

from pathlib import Path

from tiny_models import save_adapter

from cascade.adapters.card import STAGES, Adapter, read_adapter
from cascade.model.base_model import BaseModel
from cascade.reading.reader import Reader


def stacked_reader(base: BaseModel, root: Adapter) -> Reader:
    return base.reader(root, stacked=True)


def save_differences(gemma: BaseModel, gemma_folder: Path, folder: Path) -> Path:
    """A root for four languages, and differences to it for two of them, the extractor's of another kind than the
    classifier's.
    """
    for stage in STAGES:
        root = read_adapter(
            save_adapter(
                gemma,
                gemma_folder,
                folder / "many" / stage,
                stage=stage,
                languages=["de", "en", "fi", "zh"],
                seed=len(stage),
            )
        )
        for seed, language in enumerate(("de", "zh")):
            save_adapter(
                gemma,
                gemma_folder,
                folder / language / stage,
                stage=stage,
                languages=[language],
                seed=5 + seed,
                builds_on=root.checksum(),
                rank=2 + seed,
            )
    return folder
