"""Adapters with every option of PEFT's that is read: hidden states equal those of the same adapter read by PEFT."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import EvaConfig, LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from tiny_models import SENTENCES
from torch import Tensor
from transformers import AutoModelForCausalLM

from cascade.adapters.card import PROMPT_VERSIONS, WEIGHTS, Adapter, Card, read_adapter
from cascade.adapters.lora_config import CONFIG, STARTS
from cascade.errors import AdapterError
from cascade.model.base_model import BaseModel
from cascade.reading.reader import reader_of
from cascade.reading.row import assemble

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::UserWarning:peft"),  # of options that do not go together in PEFT's eyes
]
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "root of the rank": {"use_rslora": True},
    "ranks": {"rank_pattern": {"q_proj": 2, r"layers\.[01]\.mlp\.up_proj": 6}},
    "alphas": {
        "alpha_pattern": {
            "q_proj": 64,
            r"layers\.[01]\.mlp\.up_proj": 3,
            "^model.layers.2.self_attn.k_proj": 40,
            "proj": 99,
            "1.self_attn": 99,
        }
    },
    "alphas where two patterns match": {
        "alpha_pattern": {"v_proj": 1, "layers.0.self_attn.v_proj": 50, ".*o_proj": 30, "0.self_attn.o_proj": 2}
    },
    "ranks, alphas and roots": {
        "use_rslora": True,
        "rank_pattern": {"self_attn.q_proj": 2, "down_proj": 8},
        "alpha_pattern": {"(q|k)_proj": 5},
    },
    "some layers": {"layers_to_transform": [0, 3]},
    "one layer": {"layers_to_transform": 1},
    "some layers of a list": {"layers_to_transform": [0, 2], "layers_pattern": ["blocks", "layers"]},
    "an expression": {"target_modules": r"model\.layers\.\d\.mlp\..*_proj"},
    "whole names": {"target_modules": ["model.layers.0.self_attn.q_proj", "mlp.up_proj"]},
    "all but some": {"exclude_modules": ["layers.1.mlp.up_proj", "v_proj"]},
    "all but an expression": {"exclude_modules": r".*layers\.[012]\..*"},
    "dropout": {"lora_dropout": 0.5},
    "parts of later layers": {"eva_config": EvaConfig(rho=1.0)},
    **{f"start {start}": {"init_lora_weights": start} for start in STARTS},
}


def save(base: BaseModel, base_folder: Path, folder: Path, **options: Any) -> Adapter:
    """An adapter that PEFT wrote, with random weights in all its parts, so that how a start leaves them does not
    count."""
    torch.manual_seed(4)
    chosen: dict[str, Any] = {"r": 4, "lora_alpha": 12, "target_modules": ALL, "task_type": "CAUSAL_LM"} | options
    model: Any = get_peft_model(
        AutoModelForCausalLM.from_pretrained(base_folder, dtype=torch.float32), LoraConfig(**chosen)
    )
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".lora_" in name:
                parameter.normal_(std=0.2)
    model.save_pretrained(str(folder))
    return with_card(base, folder)


def with_card(base: BaseModel, folder: Path) -> Adapter:
    Card("extractor", base.name, base.fingerprint, PROMPT_VERSIONS["extractor"], ["en"], ["person"]).write(folder)
    return read_adapter(folder)


def states_by_peft(base: BaseModel, base_folder: Path, folder: Path) -> Tensor:
    model: Any = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(base_folder, dtype=torch.float32), str(folder)
    )
    return reader_of(model.get_base_model().eval(), pad_id=base.tokens.pad_id).hidden([row(base)])


def row(base: BaseModel) -> Any:
    return assemble(base.tokens.prefix([*SENTENCES[2].split(), "person"]), [])


def check_equal(base: BaseModel, base_folder: Path, adapter: Adapter) -> None:
    expected, plain = states_by_peft(base, base_folder, adapter.folder), base.reader().hidden([row(base)])
    assert torch.allclose(base.reader(adapter).hidden([row(base)]), expected, atol=2e-4)
    assert (plain - expected).abs().max() > 0.1  # control: the adapter does something


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_reads_as_in_peft(option: str, gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> None:
    check_equal(gemma, gemma_folder, save(gemma, gemma_folder, tmp_path / "x", **OPTIONS[option]))


@pytest.mark.parametrize("option", ["plain", "ranks, alphas and roots", "all but some"])
def test_so_it_does_with_biases_in_the_base(option: str, qwen: BaseModel, qwen_folder: Path, tmp_path: Path) -> None:
    check_equal(qwen, qwen_folder, save(qwen, qwen_folder, tmp_path / "x", **OPTIONS[option]))


def edited(adapter: Adapter, *without: str, **changes: Any) -> Adapter:
    """The adapter with other fields in its config."""
    file = adapter.folder / CONFIG
    fields = json.loads(file.read_text(encoding="utf-8")) | changes
    file.write_text(
        json.dumps({name: value for name, value in fields.items() if name not in without}), encoding="utf-8"
    )
    return read_adapter(adapter.folder)


@pytest.mark.parametrize(
    "edit",
    [
        lambda adapter: edited(adapter, "lora_alpha"),
        lambda adapter: edited(
            adapter, "r", "use_rslora", "alpha_pattern", "rank_pattern", "layers_pattern", "exclude_modules", "bias"
        ),
        lambda adapter: edited(adapter, fan_in_fan_out=True),
        lambda adapter: edited(adapter, alpha_pattern={"layers.0.self_attn.v_proj": 50, "v_proj": 1}),
        lambda adapter: edited(adapter, alpha_pattern={"v_proj": 1, "layers.0.self_attn.v_proj": 50}),
        lambda adapter: edited(adapter, runtime_config={"ephemeral_gpu_offload": True}),
    ],
    ids=[
        "no alpha",
        "few fields",
        "fan_in_fan_out",
        "the longer pattern first",
        "the shorter pattern first",
        "runtime",
    ],
)
def test_a_config_that_was_written_by_hand_reads_as_in_peft(
    edit: Callable[[Adapter], Adapter], gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    check_equal(gemma, gemma_folder, edit(save(gemma, gemma_folder, tmp_path / "x", r=8, lora_alpha=20)))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64], ids=str)
def test_weights_of_another_type_read_as_in_peft(
    dtype: torch.dtype, gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    adapter = save(
        gemma, gemma_folder, tmp_path / "x", use_rslora=True, r=3, target_modules=["q_proj", "v_proj"]
    )  # 12 / root of 3 is no number of 16 bits
    save_file(
        {name: weight.to(dtype) for name, weight in load_file(adapter.folder / WEIGHTS).items()},
        adapter.folder / WEIGHTS,
    )
    check_equal(gemma, gemma_folder, adapter)


@pytest.mark.parametrize("start", ["olora", "pissa"])
def test_a_start_that_changes_the_base_is_refused_and_read_once_it_is_saved_as_the_message_says(
    start: str, gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    torch.manual_seed(4)
    chosen: Any = {"r": 4, "lora_alpha": 12, "target_modules": ALL, "init_lora_weights": start}
    config = LoraConfig(task_type="CAUSAL_LM", **chosen)
    model: Any = get_peft_model(AutoModelForCausalLM.from_pretrained(gemma_folder, dtype=torch.float32), config)
    model.peft_config["default"].init_lora_weights = True
    model.save_pretrained(str(tmp_path / "start"))
    model.peft_config["default"].init_lora_weights = start
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".lora_" in name:
                parameter += 0.1 * torch.randn_like(parameter)
    expected = reader_of(model.get_base_model().eval(), pad_id=gemma.tokens.pad_id).hidden([row(gemma)])
    model.save_pretrained(str(tmp_path / "refused"))
    with pytest.raises(AdapterError) as error:
        with_card(gemma, tmp_path / "refused")
    assert str(error.value) == (
        f'{tmp_path / "refused" / CONFIG}: init_lora_weights "{start}"; expected one of true, false, null, "gaussian", '
        '"eva", "orthogonal", "mica", '
        "which leave the base model's weights as they are. Train the adapter with one of these, "
        "or save it with PEFT's save_pretrained(..., path_initial_model_for_weight_conversion=...)"
    )
    model.save_pretrained(str(tmp_path / "converted"), path_initial_model_for_weight_conversion=str(tmp_path / "start"))
    assert torch.allclose(
        gemma.reader(with_card(gemma, tmp_path / "converted")).hidden([row(gemma)]), expected, atol=2e-3
    )
