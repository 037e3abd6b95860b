"""A tiny Gemma 3 with random weights as a GGUF file, written by the package `gguf`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, RopeScalingType
from gguf.quants import quantize

HIDDEN, HEAD, HEADS, FEED_FORWARD, LAYERS = 256, 256, 2, 512, 7
SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
OWN = ["[multimodal]", "\n", "\n\n", "  ", "   "]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
WORDS = [
    "▁",
    "a",
    "b",
    "e",
    "n",
    "r",
    "t",
    "é",
    "日",
    "本",
    "an",
    "na",
    "ana",
    "▁b",
    "▁ba",
    "ban",
    "▁ban",
    "anana",
    "er",
    "ert",
    "日本",
    "▁日",
    "<b>",
    "</b>",
    "<",
    ">",
    "/",
]
TOKENS = [*SPECIAL, *OWN, *BYTES, *WORDS]
KINDS = [3] * len(SPECIAL) + [4] * len(OWN) + [6] * len(BYTES) + [1] * len(WORDS)


def tensors() -> dict[str, tuple[Any, GGMLQuantizationType]]:
    """Each tensor's numbers in its stored form, (rows, columns or bytes), in all forms of `cascade.model.gguf_file`."""
    random = np.random.default_rng(7)
    forms = GGMLQuantizationType
    found: dict[str, tuple[Any, GGMLQuantizationType]] = {}

    def add(name: str, kind: GGMLQuantizationType, *shape: int) -> None:
        values = random.normal(1 if "norm" in name else 0, 0.1, shape).astype(np.float32)
        found[f"{name}.weight"] = (
            k_quants(random, kind, shape) if kind in (forms.Q4_K, forms.Q6_K) else quantize(values, kind),
            kind,
        )

    add("token_embd", forms.Q8_0, len(TOKENS), HIDDEN)
    add("output_norm", forms.F32, HIDDEN)
    for layer in range(LAYERS):
        for norm in ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"):
            add(f"blk.{layer}.{norm}", forms.F32, HIDDEN)
        for norm in ("attn_q_norm", "attn_k_norm"):
            add(f"blk.{layer}.{norm}", forms.F32, HEAD)
        add(f"blk.{layer}.attn_q", forms.Q5_0, HEADS * HEAD, HIDDEN)
        add(f"blk.{layer}.attn_k", forms.F16, HEAD, HIDDEN)
        add(f"blk.{layer}.attn_v", forms.BF16, HEAD, HIDDEN)
        add(f"blk.{layer}.attn_output", forms.Q8_0, HIDDEN, HEADS * HEAD)
        add(f"blk.{layer}.ffn_gate", forms.Q4_K, FEED_FORWARD, HIDDEN)
        add(f"blk.{layer}.ffn_up", forms.Q8_0, FEED_FORWARD, HIDDEN)
        add(f"blk.{layer}.ffn_down", forms.Q6_K, HIDDEN, FEED_FORWARD)
    return found


def k_quants(random: np.random.Generator, kind: GGMLQuantizationType, shape: tuple[int, ...]) -> Any:
    """Random blocks of 256 numbers, as bytes, whose scales are small numbers."""
    size, scales = {GGMLQuantizationType.Q4_K: (144, (0, 2)), GGMLQuantizationType.Q6_K: (210, (208,))}[kind]
    blocks = random.integers(0, 256, (int(np.prod(shape)) // 256, size), np.uint8)
    for place in scales:
        blocks[:, place : place + 2] = random.uniform(1e-4, 1e-3, (len(blocks), 1)).astype("<f2").view(np.uint8)
    return blocks.reshape(*shape[:-1], -1)


def save_gguf(
    file: Path,
    *,
    without: str | None = None,
    more: str | None = None,
    architecture: str = "gemma3",
    parts: int | None = None,
    scaling: float | None = None,
) -> Path:
    """Writes the tiny model; without: leave this tensor out, more: add this one, parts: say that it is one of those,
    scaling: that its rotary frequencies are adapted by this factor.
    """
    writer = GGUFWriter(str(file), architecture)
    if parts is not None:
        writer.add_uint16("split.count", parts)
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1_000_000.0)
    if scaling is not None:
        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(scaling)
    writer.add_sliding_window(16)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(TOKENS)
    writer.add_token_scores([-float(number) for number in range(len(TOKENS))])
    writer.add_token_types(KINDS)
    writer.add_pad_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_unk_token_id(3)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    for name, (numbers, kind) in tensors().items():
        if name != without:
            writer.add_tensor(name, numbers, raw_dtype=kind)
    if more is not None:
        writer.add_tensor(more, np.zeros(32, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file
