"""Our own body against transformers' of the same kind: states, kept states, weights' names and what is left to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PretrainedConfig,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from cascade.memory.weight_files import WeightFiles
from cascade.model.decoder_config import decoder_config
from cascade.model.fingerprint import Fingerprinted, fingerprint
from cascade.model.stored_decoder import StoredDecoder
from cascade.reading.reader import Reader, decoder_reader, reader_of
from cascade.reading.row import Row

pytestmark = pytest.mark.slow

SHAPE: Mapping[str, Any] = {
    "vocab_size": 50,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "initializer_range": 0.2,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
LAYERS = ["sliding_attention", "full_attention", "sliding_attention"]
KINDS: dict[str, tuple[type[PretrainedConfig], Any, dict[str, Any]]] = {
    "gemma3_text": (
        Gemma3TextConfig,
        Gemma3ForCausalLM,
        {"head_dim": 16, "query_pre_attn_scalar": 24, "layer_types": LAYERS, "sliding_window": 6},
    ),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM, {"tie_word_embeddings": False, "use_sliding_window": False}),
    "qwen2 tied": (Qwen2Config, Qwen2ForCausalLM, {"tie_word_embeddings": True, "use_sliding_window": False}),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM, {"head_dim": 12, "tie_word_embeddings": True}),
    "llama": (LlamaConfig, LlamaForCausalLM, {"tie_word_embeddings": False}),
}


def saved(kind: str, folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    """A model of a kind with random weights, biases and norms among them."""
    config, model_class, more = KINDS[kind]
    torch.manual_seed(7)
    model = model_class(config(**{**SHAPE, **more}))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 1:
                weight.add_(0.3 * torch.randn(weight.shape)) if "norm" in name else weight.copy_(
                    torch.randn(weight.shape)
                )
    model.to(dtype).save_pretrained(folder)
    return folder


def theirs(folder: Path) -> Any:
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa")
    return model.eval()


def ours(folder: Path) -> Reader:
    stored = StoredDecoder.read(folder)
    assert stored is not None
    body = stored.body([], torch.float32, int8=False, rows=None)
    return decoder_reader(body, stored.head, pad_id=0, dtype=torch.float32)


def rows() -> list[Row]:
    """Two rows of two passages each, some tokens of which are branches."""
    source = torch.Generator().manual_seed(3)
    made = []
    for size in (14, 11):
        ids = torch.randint(3, 50, (size,), generator=source).numpy()
        segments = torch.tensor([1] * 8 + [2] * (size - 8)).numpy()
        positions = torch.tensor([*range(5, 13), *range(5, 5 + size - 8)]).numpy()
        branches = torch.tensor([0] * 6 + [1, 1] + [0] * (size - 8)).numpy()
        made.append(Row(ids, positions, segments, branches, branches, torch.tensor([0, 8]).numpy()))
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_states_are_those_of_transformers(kind: str, tmp_path: Path) -> None:
    folder = saved(kind, tmp_path)
    right, found = reader_of(theirs(folder), pad_id=0, dtype=torch.float32), ours(folder)
    prefix = (1, 7, 9, 11, 13)
    torch.testing.assert_close(found.hidden_behind(prefix, rows()), right.hidden_behind(prefix, rows()))
    torch.testing.assert_close(found.hidden(rows()), right.hidden(rows()))
    assert torch.equal(found.head, right.head)
    assert (found.sliding_window, found.pad_id) == (right.sliding_window or None, right.pad_id)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_weights_are_those_of_transformers_in_its_order(kind: str, dtype: torch.dtype, tmp_path: Path) -> None:
    folder = saved(kind, tmp_path, dtype)
    model, stored = theirs(folder), StoredDecoder.read(folder)
    assert stored is not None
    named = dict(model.named_parameters())
    assert list(stored.weights) == list(named)
    assert all(torch.equal(weight.float(), named[name]) for name, weight in stored.weights.items())
    own = Fingerprinted(
        stored.config, stored.embedding, stored.weights["model.norm.weight"], list(stored.weights.values())
    )
    assert fingerprint(own) == fingerprint(Fingerprinted.of(model))
    shapes = {
        name: (module.in_features, module.out_features)
        for name, module in model.model.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    assert stored.linear_shapes() == shapes


def changed_config(folder: Path, **changes: Any) -> None:
    file = folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8")) | changes
    file.write_text(
        json.dumps({name: value for name, value in config.items() if value != "left out"}), encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("gemma3_text", {"attn_logit_softcapping": 50.0}),
        ("gemma3_text", {"use_bidirectional_attention": True}),
        ("gemma3_text", {"hidden_activation": "relu"}),
        ("gemma3_text", {"head_dim": "left out"}),
        ("gemma3_text", {"layer_types": ["full_attention"]}),
        ("qwen2", {"model_type": "qwen2_moe"}),
        ("qwen2", {"layer_types": "left out", "use_sliding_window": True}),
        ("qwen2", {"quantization_config": {"bits": 4}}),
        ("qwen2", {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}),
        ("llama", {"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}),
        ("llama", {"mlp_bias": True}),
        ("llama", {"num_attention_heads": "four"}),
        ("llama", {"tie_word_embeddings": "left out"}),
    ],
)
def test_what_is_not_computed_here_is_left_to_transformers(kind: str, changes: dict[str, Any], tmp_path: Path) -> None:
    folder = saved(kind, tmp_path)
    assert StoredDecoder.read(folder) is not None
    changed_config(folder, **changes)
    assert StoredDecoder.read(folder) is None


@pytest.mark.parametrize("change", ["missing", "another shape", "unknown"])
def test_other_weights_than_such_a_model_has_are_left_to_transformers(change: str, tmp_path: Path) -> None:
    folder = saved("qwen2", tmp_path)
    file, name = folder / "model.safetensors", "model.layers.1.mlp.up_proj.weight"
    weights = load_file(file)
    if change == "missing":
        del weights["model.layers.1.self_attn.q_proj.bias"]
    elif change == "unknown":
        weights["model.layers.1.mlp.up_proj.bias"] = torch.ones(48)
    else:
        weights[name] = weights[name][:-1].clone()
    save_file(weights, file, metadata={"format": "pt"})
    assert StoredDecoder.read(folder) is None


def test_frequencies_are_read_as_earlier_versions_of_transformers_wrote_them(tmp_path: Path) -> None:
    folder = saved("gemma3_text", tmp_path)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    before, parameters = decoder_config(config), config.pop("rope_parameters")
    config["rope_theta"] = parameters["full_attention"]["rope_theta"]
    config["rope_local_base_freq"] = parameters["sliding_attention"]["rope_theta"]
    assert decoder_config(config) == before
    assert before is not None
    assert before.rope_theta == {"full_attention": 1e6, "sliding_attention": 1e4}


def test_weights_in_several_files_are_read(tmp_path: Path) -> None:
    folder = saved("llama", tmp_path)
    expected = ours(folder).hidden(rows())
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    for number, part in enumerate((dict(list(weights.items())[::2]), dict(list(weights.items())[1::2]))):
        save_file(part, folder / f"model-{number}.safetensors")
    assert torch.equal(ours(folder).hidden(rows()), expected)


def test_weights_on_another_device_are_copies(tmp_path: Path) -> None:
    stored = StoredDecoder.read(saved("qwen3", tmp_path))
    assert stored is not None
    moved = stored.to(torch.device("cpu"), torch.bfloat16)
    assert {weight.dtype for weight in moved.weights.values()} == {torch.bfloat16}
    assert moved.files == WeightFiles()
