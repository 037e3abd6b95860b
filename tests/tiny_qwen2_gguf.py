"""A tiny Qwen2 with random weights and a learned vocabulary of bytes as a GGUF file, written by the package `gguf`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import quantize
from tiny_gguf import k_quants
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

HIDDEN, HEADS, KEY_HEADS, FEED_FORWARD, LAYERS, CONTEXT = 256, 4, 2, 512, 3, 512
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
OWN = ["<tool_call>", "</tool_call>"]
UNUSED = ["[PAD0]", "[PAD1]"]
_LEARNED_FROM = [
    "The river bank and the Bank of London; Ada Lovelace isn't here, they've gone.",
    "Café, naïve, Müller & Söhne sitzen in Köln. Война и мир. 王小明在北京大学学习。",
    " O B I E S [[ ]] (( )) Types: person, place | 1833 5   \n\n\t",
]


class Vocabulary(NamedTuple):
    tokens: list[str]
    kinds: list[int]
    merges: list[str]


@cache
def vocabulary() -> Vocabulary:
    """Learned tokens of bytes and their merges, then control tokens, words of its own and unused ones, as in Qwen2."""
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet, show_progress=False, min_frequency=1)
    learner.train_from_iterator(_LEARNED_FROM * 3, trainer)
    model = json.loads(learner.to_str())["model"]
    learned = sorted(model["vocab"], key=model["vocab"].__getitem__)
    tokens = [*learned, *CONTROL, *OWN, *UNUSED]
    kinds = [1] * len(learned) + [3] * len(CONTROL) + [4] * len(OWN) + [5] * len(UNUSED)
    return Vocabulary(tokens, kinds, [" ".join(pair) for pair in model["merges"]])


def tensors(*, tied: bool) -> dict[str, tuple[Any, GGMLQuantizationType]]:
    """Each tensor's numbers in its stored form, (rows, columns or bytes), in the forms that the real files hold."""
    random = np.random.default_rng(11)
    forms = GGMLQuantizationType
    found: dict[str, tuple[Any, GGMLQuantizationType]] = {}
    head = HIDDEN // HEADS

    def add(name: str, kind: GGMLQuantizationType, *shape: int) -> None:
        values = random.normal(1 if "norm" in name else 0, 0.1, shape).astype(np.float32)
        own = kind in (forms.Q4_K, forms.Q6_K)
        found[name] = (k_quants(random, kind, shape) if own else quantize(values, kind), kind)

    words = len(vocabulary().tokens)
    add("token_embd.weight", forms.Q5_0, words, HIDDEN)
    add("output_norm.weight", forms.F32, HIDDEN)
    if not tied:
        add("output.weight", forms.Q6_K, words, HIDDEN)
    for layer in range(LAYERS):
        for norm in ("attn_norm", "ffn_norm"):
            add(f"blk.{layer}.{norm}.weight", forms.F32, HIDDEN)
        for part, kind, rows in (
            ("q", forms.Q4_K, HEADS * head),
            ("k", forms.Q5_0, KEY_HEADS * head),
            ("v", forms.Q8_0, KEY_HEADS * head),
        ):
            add(f"blk.{layer}.attn_{part}.weight", kind, rows, HIDDEN)
            add(f"blk.{layer}.attn_{part}.bias", forms.F32, rows)
        add(f"blk.{layer}.attn_output.weight", forms.Q5_0, HIDDEN, HEADS * head)
        add(f"blk.{layer}.ffn_gate.weight", forms.Q4_K, FEED_FORWARD, HIDDEN)
        add(f"blk.{layer}.ffn_up.weight", forms.Q5_0, FEED_FORWARD, HIDDEN)
        add(f"blk.{layer}.ffn_down.weight", forms.Q6_K, HIDDEN, FEED_FORWARD)
    return found


def save_qwen2_gguf(
    file: Path,
    *,
    tied: bool = False,
    without: str | None = None,
    pre: str = "qwen2",
    more_merges: tuple[str, ...] = (),
    scaling: bool = False,
    heads: int = HEADS,
    layers: int = LAYERS,
    end: int | None = None,
) -> Path:
    """Writes the tiny model; without: leave this tensor out; the others: what the metadata say instead."""
    from gguf import RopeScalingType

    words = vocabulary()
    writer = GGUFWriter(str(file), "qwen2")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(heads)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1_000_000.0)
    if scaling:
        writer.add_rope_scaling_type(RopeScalingType.YARN)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(words.tokens)
    writer.add_token_types(words.kinds)
    writer.add_token_merges([*words.merges, *more_merges])
    writer.add_bos_token_id(words.tokens.index("<|endoftext|>"))
    writer.add_pad_token_id(words.tokens.index("<|endoftext|>"))
    writer.add_eos_token_id(words.tokens.index("<|im_end|>") if end is None else end)
    writer.add_add_bos_token(False)
    for name, (numbers, kind) in tensors(tied=tied).items():
        if name != without:
            writer.add_tensor(name, numbers, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file
