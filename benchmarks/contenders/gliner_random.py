"""Contender: GLiNER (arXiv 2311.08526, package `gliner`) in the shape of a published model, with random weights: speed
does not depend on what they are.

The first argument names the shape, the second the arithmetic (the job's `float`, bf16 or fp32, or its own int8), a
third the packing of inputs.  The tokenizer is that of the embedded base model, whose vocabulary is as large as that of
the multilingual encoders.  The threshold is so high that decoding costs it nothing.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.contenders.serving import Job, serve

SHAPES = {  # hidden size, layers, heads, width of the feed-forward part
    "mdeberta-base": (768, 12, 12, 3072),
    "deberta-small": (768, 6, 12, 3072),
    "deberta-base": (768, 12, 12, 3072),
    "deberta-large": (1024, 24, 16, 4096),
}
_BATCH = 16
_VOCABULARY = 262_400  # of the tokenizer, with room for GLiNER's own tokens


def load(job: Job) -> Callable[[int], None]:
    """A GLiNER of random weights."""
    import torch
    from gliner import GLiNER, GLiNERConfig, InferencePackingConfig

    shape, arithmetic = sys.argv[1], sys.argv[2]
    hidden, layers, heads, wide = SHAPES[shape]
    encoder = {
        "model_type": "deberta-v2",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": wide,
        "vocab_size": _VOCABULARY,
        "relative_attention": True,
        "position_buckets": 256,
        "norm_rel_ebd": "layer_norm",
        "share_att_key": True,
        "pos_att_type": ["p2c", "c2p"],
        "position_biased_input": False,
        "max_position_embeddings": 512,
        "type_vocab_size": 0,
    }
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(Path(job["tokenizer"]) / "tokenizer.json", folder)
        special = {
            "bos_token": "<bos>",
            "eos_token": "<eos>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "cls_token": "<bos>",
            "sep_token": "<eos>",
        }
        (Path(folder) / "tokenizer_config.json").write_text(
            json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **special}), encoding="utf-8"
        )
        (Path(folder) / "config.json").write_text(json.dumps(encoder), encoding="utf-8")
        config = GLiNERConfig(model_name=folder, encoder_config=dict(encoder), max_width=12, hidden_size=512)
        model = GLiNER.from_config(
            config, backbone_from_pretrained=False, **({"quantize": "int8"} if arithmetic == "int8" else {})
        )
    model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    if arithmetic == "float" and job["float"] == "bf16":
        model.to(torch.bfloat16)
    packing = InferencePackingConfig(max_length=256, streams_per_batch=8) if sys.argv[3:] == ["packed"] else None

    @torch.inference_mode()
    def read(count: int) -> None:
        model.inference(
            job["texts"][:count], list(job["types"]), threshold=0.9999, batch_size=_BATCH, packing_config=packing
        )

    return read


if __name__ == "__main__":
    serve(load)
