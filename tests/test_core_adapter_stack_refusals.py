"""What cannot stand beside the layers: differences without their root, and damaged or foreign ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from stacked_adapters import save_differences, stacked_reader
from tiny_models import save_adapter

from cascade.adapters.card import STAGES, WEIGHTS, AdapterShelf, read_adapter
from cascade.adapters.lora_config import CONFIG
from cascade.errors import AdapterError
from cascade.layers.stacked_lora import AdapterStack, Beside
from cascade.model.base_model import BaseModel

pytestmark = pytest.mark.slow


@pytest.fixture
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    return save_differences(gemma, gemma_folder, tmp_path)


def test_a_difference_needs_its_root(gemma: BaseModel, gemma_folder: Path, shelf: Path) -> None:
    save_adapter(
        gemma,
        gemma_folder,
        shelf / "fi" / "extractor",
        stage="extractor",
        languages=["fi"],
        seed=9,
        builds_on="ab" * 32,
    )
    with pytest.raises(AdapterError) as error:
        AdapterShelf(shelf)
    assert str(error.value) == (
        f"{shelf / 'fi' / 'extractor'}: is a difference to an adapter (abababababab) that is not below {shelf}. "
        "Put that one there too, or train this one again on what is there"
    )


def test_a_shelf_of_differences_alone_is_refused(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> None:
    for stage in STAGES:
        save_adapter(gemma, gemma_folder, tmp_path / stage, stage=stage, languages=["fi"], seed=9, builds_on="ab" * 32)
    with pytest.raises(AdapterError, match="holds no extractor adapter"):
        AdapterShelf(tmp_path)


def other_kind(folder: Path) -> str:
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    (folder / CONFIG).write_text(json.dumps(config | {"use_dora": True}), encoding="utf-8")
    return "use_dora true; expected plain LoRA, without use_dora. Train the adapter without"


def no_config(folder: Path) -> str:
    (folder / CONFIG).unlink()
    return "has no adapter_config.json; expected PEFT's file beside the adapter's weights"


def other_shape(folder: Path) -> str:
    weights = load_file(folder / WEIGHTS)
    changed = {name: torch.cat([weight, weight], dim=1 if "lora_A" in name else 0) for name, weight in weights.items()}
    save_file(changed, folder / WEIGHTS)
    return "features, the base model's of"


def half_a_part(folder: Path) -> str:
    weights = load_file(folder / WEIGHTS)
    save_file({name: weight for name, weight in weights.items() if "lora_A" in name}, folder / WEIGHTS)
    return "has one of two parts, or parts of different ranks; expected both of one rank"


def unknown_layer(folder: Path) -> str:
    weights = load_file(folder / WEIGHTS)
    save_file({name.replace("layers.0.", "layers.77."): weight for name, weight in weights.items()}, folder / WEIGHTS)
    return "which is no linear layer of the base model; expected its layers alone"


def other_weights(folder: Path) -> str:
    save_file({"base_model.model.lm_head.weight": torch.zeros(2, 2)}, folder / WEIGHTS)
    return "holds 'base_model.model.lm_head.weight'; expected low-rank parts of the layers alone"


def broken(folder: Path) -> str:
    (folder / WEIGHTS).write_bytes(b"no weights")
    return "cannot be read as an adapter's weights: Error while deserializing header: header too large. Copy or train "


@pytest.mark.parametrize(
    "spoil", [other_kind, no_config, other_shape, half_a_part, unknown_layer, other_weights, broken]
)
def test_what_cannot_stand_beside_the_layers_is_refused(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path, spoil: Any
) -> None:
    root = read_adapter(
        save_adapter(gemma, gemma_folder, tmp_path / "root", stage="extractor", languages=["de", "en"], seed=1)
    )
    folder = save_adapter(
        gemma, gemma_folder, tmp_path / "de", stage="extractor", languages=["de"], seed=2, builds_on="ab" * 32
    )
    message = spoil(folder)
    stack = stacked_reader(gemma, root).stack
    assert isinstance(stack, AdapterStack)
    with pytest.raises(AdapterError) as error:
        stack.number_of(read_adapter(folder))
    assert str(error.value).startswith(str(folder))
    assert message in str(error.value)


def test_an_adapter_that_fails_to_load_leaves_the_numbers_of_all_layers_alike(
    gemma: BaseModel, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where memory runs out in the middle; a number means one adapter in all layers."""
    adapters = [read_adapter(shelf / language / "extractor") for language in ("de", "zh")]
    stack = stacked_reader(gemma, read_adapter(shelf / "many" / "extractor")).stack
    assert isinstance(stack, AdapterStack)
    names, done = sorted(stack.layers), Beside.with_one_more
    failing = stack.layers[names[-1]]

    def fail(layer: Beside, part: Any) -> Any:
        if layer is failing:
            raise MemoryError
        return done(layer, part)

    monkeypatch.setattr(Beside, "with_one_more", fail)
    with pytest.raises(MemoryError):
        stack.number_of(adapters[0])
    monkeypatch.undo()
    assert [stack.number_of(adapter) for adapter in adapters] == [1, 2]
    assert {len(layer._adapters) for layer in stack.layers.values()} == {3}
