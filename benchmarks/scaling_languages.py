"""Adapters of many languages for the scaling curve: random differences to the pair that ships."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from cascade.adapters.card import STAGES, WEIGHTS, AdapterShelf, Card
from cascade.adapters.retrieval import Retriever

CODES = tuple("en de es nl pl ru pt zh ja ko hi ar fa fi id hr sr sv da sk".split())
_RANK = 4


def add_random_languages(shipped: Path, types: Sequence[str], folder: Path) -> None:
    """Copies the whole pair that reads these types, and adds, for each language, random differences to it that
    change little.
    """
    pair = Retriever(AdapterShelf(shipped)).for_types(types).named(None)
    for stage, root in zip(STAGES, pair, strict=True):
        shutil.copytree(root.folder, folder / "multilingual" / stage)
        config = json.loads((root.folder / "adapter_config.json").read_text(encoding="utf-8")) | {
            "r": _RANK,
            "lora_alpha": _RANK,
        }
        weights = load_file(root.folder / WEIGHTS)
        generator = torch.Generator().manual_seed(1)
        for code in CODES:
            target = folder / code / stage
            target.mkdir(parents=True)
            made = {
                name: (
                    0.002
                    * torch.randn(
                        _RANK if "lora_A" in name else len(weight),
                        weight.shape[1] if "lora_A" in name else _RANK,
                        generator=generator,
                    )
                )
                for name, weight in weights.items()
            }
            save_file({name: weight.to(torch.bfloat16) for name, weight in made.items()}, target / WEIGHTS)
            (target / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
            card = root.card
            Card(
                stage,
                card.base,
                card.base_fingerprint,
                card.prompt_version,
                [code],
                card.types,
                builds_on=root.checksum(),
            ).write(target)
