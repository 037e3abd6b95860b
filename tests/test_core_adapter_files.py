"""The files of an adapter that was made elsewhere: each that cannot be read as PEFT does is refused by what it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file
from tiny_models import save_adapter

from cascade.adapters.card import PROMPT_VERSIONS, WEIGHTS, Card, read_adapter
from cascade.adapters.lora_config import CONFIG
from cascade.errors import AdapterError
from cascade.model.base_model import BaseModel

Q = "layers.1.self_attn.q_proj"


def test_an_adapter_of_another_kind_is_refused_before_its_weights_are_read(tmp_path: Path) -> None:
    Card("extractor", "tiny", "a" * 64, PROMPT_VERSIONS["extractor"], ["en"], ["person"]).write(tmp_path)
    (tmp_path / WEIGHTS).touch()
    (tmp_path / CONFIG).write_text(json.dumps({"peft_type": "LORA", "use_dora": True}), encoding="utf-8")
    with pytest.raises(AdapterError) as error:
        read_adapter(tmp_path)
    assert (
        str(error.value)
        == f"{tmp_path / CONFIG}: use_dora true; expected plain LoRA, without use_dora. Train the adapter without"
    )


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            ["adapter_model.bin"],
            f"has adapter_model.bin and no {WEIGHTS}; expected the latter, as reading the former may run foreign code. "
            "Save the adapter with PEFT's save_pretrained (safe_serialization=True)",
        ),
        (
            [
                "adapter_model-00001-of-00002.safetensors",
                "adapter_model-00002-of-00002.safetensors",
                "adapter_model.safetensors.index.json",
            ],
            "has adapter_model-00001-of-00002.safetensors, adapter_model-00002-of-00002.safetensors, "
            "adapter_model.safetensors.index.json and no "
            f"{WEIGHTS}; expected one file with all weights. Save the adapter with PEFT's save_pretrained, which "
            "writes one",
        ),
    ],
    ids=["pickled", "in parts"],
)
def test_weights_in_other_files_are_refused(files: list[str], said: str, tmp_path: Path) -> None:
    Card("extractor", "tiny", "a" * 64, PROMPT_VERSIONS["extractor"], ["en"], ["person"]).write(tmp_path)
    for file in files:
        (tmp_path / file).touch()
    with pytest.raises(AdapterError) as error:
        read_adapter(tmp_path)
    assert str(error.value) == f"{tmp_path}: {said}"


KEY = f"base_model.model.model.{Q}.lora_A.weight"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (
            KEY.removeprefix("base_model.model."),
            f"holds '{KEY.removeprefix('base_model.model.')}'; expected names that begin with "
            "'base_model.model.model.', as PEFT writes them. "
            "Save the adapter with PEFT's save_pretrained",
        ),
        (
            KEY.replace("lora_A", "lora_A.default"),
            f"holds '{KEY.replace('lora_A', 'lora_A.default')}'; expected low-rank parts of the layers alone, as "
            "readers share the rest",
        ),
        (
            KEY.replace("lora_A.weight", "lora_magnitude_vector"),
            f"holds '{KEY.replace('lora_A.weight', 'lora_magnitude_vector')}'; expected low-rank parts of the layers "
            "alone, as readers share the rest",
        ),
    ],
    ids=["no prefix", "with the adapter's name", "another part"],
)
def test_weights_of_other_names_are_refused(
    key: str, said: str, gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    file = save_adapter(gemma, gemma_folder, tmp_path / "x", stage="extractor", languages=["en"], seed=2) / WEIGHTS
    weights = load_file(file)
    weights[key] = weights.pop(KEY)
    save_file(weights, file)
    with pytest.raises(AdapterError) as error:
        gemma.reader(read_adapter(tmp_path / "x"))
    assert str(error.value) == f"{tmp_path / 'x'}: {said}"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(
    value: float, gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    file = save_adapter(gemma, gemma_folder, tmp_path / "x", stage="extractor", languages=["en"], seed=2) / WEIGHTS
    weights = load_file(file)
    weights[KEY][0, 3] = value
    save_file(weights, file)
    with pytest.raises(AdapterError) as error:
        gemma.reader(read_adapter(tmp_path / "x"))
    assert (
        str(error.value) == f"{tmp_path / 'x'}: '{KEY}' holds nan or inf; expected finite numbers. "
        "Train the adapter again, at a lower learning rate"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"r": 8},
            "'layers.0.mlp.down_proj' is of rank 4, adapter_config.json says 8; expected the same. Take both files "
            "from one training",
        ),
        (
            {"target_modules": ["q_proj"]},
            "has weights for 'layers.0.mlp.down_proj', which adapter_config.json does not name; expected the same "
            "layers. Take both files from one training",
        ),
    ],
)
def test_a_config_of_other_weights_is_refused(
    changes: dict[str, Any], said: str, gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    file = save_adapter(gemma, gemma_folder, tmp_path / "x", stage="extractor", languages=["en"], seed=2) / CONFIG
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    with pytest.raises(AdapterError) as error:
        gemma.reader(read_adapter(tmp_path / "x"))
    assert str(error.value) == f"{tmp_path / 'x'}: {said}"


def test_an_adapter_without_weights_is_refused(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> None:
    file = save_adapter(gemma, gemma_folder, tmp_path / "x", stage="extractor", languages=["en"], seed=2) / WEIGHTS
    save_file({}, file)
    with pytest.raises(AdapterError) as error:
        gemma.reader(read_adapter(tmp_path / "x"))
    assert str(error.value) == f"{file}: holds no weights; expected two for each layer. Copy or train the adapter again"
