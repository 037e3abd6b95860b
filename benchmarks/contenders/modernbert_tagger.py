"""Contender: a token classifier in ModernBERT-base's shape (arXiv 2412.13663) with random weights: what types that are
fixed in training cost at least.

Each token gets the best of its tags; no entities are made of them.  Texts are read in batches of like lengths.  The
first argument is `float`, the job's type, or `int8`, PyTorch's own.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contenders.english_tokenizer import write_english
from benchmarks.contenders.serving import Job, Read, serve

_BATCH = 16
_SHAPE: dict[str, Any] = {
    "hidden_size": 768,
    "num_hidden_layers": 22,
    "num_attention_heads": 12,
    "intermediate_size": 1152,
    "vocab_size": 50_368,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": 2,
    "cls_token_id": 2,
    "sep_token_id": 1,
    "attn_implementation": "sdpa",
    "reference_compile": False,
}


def load(job: Job) -> Read:
    """A tagger of random weights, with a tag for the beginning and one for the inside of each type."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer, ModernBertConfig

    shape = {**_SHAPE, "num_labels": 1 + 2 * len(job["types"])}
    with tempfile.TemporaryDirectory() as folder:
        write_english(Path(job["tokenizer"]), Path(folder), _SHAPE["vocab_size"], 8192)
        tokenizer = AutoTokenizer.from_pretrained(folder)
    tagger: Any = AutoModelForTokenClassification
    model = tagger.from_config(ModernBertConfig(**shape))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.eval().to(device)
    if sys.argv[1] == "int8":
        quantised: Any = torch.ao.quantization.quantize_dynamic  # has no types
        model = quantised(model, {torch.nn.Linear}, dtype=torch.qint8)
    elif job["float"] == "bf16":
        model.to(torch.bfloat16)

    @torch.inference_mode()
    def read(part: slice) -> None:
        texts = sorted(job["texts"][part], key=len)
        for first in range(0, len(texts), _BATCH):
            inputs = tokenizer(texts[first : first + _BATCH], return_tensors="pt", padding=True, truncation=True)
            model(**inputs.to(device)).logits.argmax(dim=-1).tolist()

    return read


if __name__ == "__main__":
    serve(load)
