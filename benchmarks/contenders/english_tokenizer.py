"""A tokenizer with as many tokens as a published English model's, made from the embedded base model's: all 262,144
tokens of that one would make the embeddings of a small model several times as large.

Imports nothing of the project, as contenders run in an environment of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SPECIAL = {
    "pad_token": "<pad>",
    "eos_token": "<eos>",
    "bos_token": "<bos>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}
_SPACE = "\u2581"  # stands for a space in the vocabulary
_BYTES = {f"<0x{byte:02X}>" for byte in range(256)}  # what other letters are spelled with


def english(whole: Mapping[str, Any], size: int) -> dict[str, Any]:
    """The tokenizer (the content of a `tokenizer.json`) with its `size` most frequent tokens of ASCII; other letters
    are spelled with bytes.  It marks both ends of a text, as BERT and its kin do.
    """
    model = whole["model"]
    by_rank = sorted(model["vocab"], key=model["vocab"].get)
    named = {token["content"] for token in whole["added_tokens"]}
    plain = [word for word in by_rank if word not in named and word.replace(_SPACE, "").isascii()]
    needed = {*SPECIAL.values(), *_BYTES, *(word for word in plain if len(word) == 1)}  # letters stand last by rank
    longer = [word for word in plain if word not in needed]
    kept = needed | set(longer[: size - len(needed)])
    vocabulary = {word: place for place, word in enumerate(word for word in by_rank if word in kept)}
    merges = [pair for pair in model["merges"] if {*pair, "".join(pair)} <= kept]
    added = [
        {**token, "id": vocabulary[token["content"]]}
        for token in whole["added_tokens"]
        if token["content"] in SPECIAL.values()
    ]
    ends = {name: {"id": name, "ids": [vocabulary[name]], "tokens": [name]} for name in ("<bos>", "<eos>")}
    text = [
        {"SpecialToken": {"id": "<bos>", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "<eos>", "type_id": 0}},
    ]
    pair = [*text, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "<eos>", "type_id": 1}}]
    return {
        **whole,
        "added_tokens": added,
        "post_processor": {"type": "TemplateProcessing", "single": text, "pair": pair, "special_tokens": ends},
        "model": {**model, "vocab": vocabulary, "merges": merges},
    }


def write_english(source: Path, folder: Path, size: int, longest: int) -> None:
    """Puts the tokenizer in a folder from which transformers reads it; longest: tokens of a text that it cuts at."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))
    (folder / "tokenizer.json").write_text(json.dumps(english(whole, size)), encoding="utf-8")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": longest,
        "model_input_names": ["input_ids", "attention_mask"],
        "cls_token": "<bos>",
        "sep_token": "<eos>",
        **SPECIAL,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
