"""Contender: GLiNER2.5-small (package `gliner2`) in the shape that is published, with random weights.

The encoder is that of deberta-v3-xsmall.  The settings of its head are those that other readers of the checkpoint
fastino/gliner2.5-small-v1 require (github.com/google-ai-edge/litert-samples and others).  They make a model of exactly
the 73,881,879 parameters that are told of it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contenders.english_tokenizer import write_english
from benchmarks.contenders.serving import Job, Read, serve

_BATCH = 16
_THRESHOLD = 0.9999  # so high that decoding costs it nothing
_VOCABULARY = 128_001  # GLiNER2 adds ten tokens of its own
_ENCODER: dict[str, Any] = {
    "hidden_size": 384,
    "num_hidden_layers": 12,
    "num_attention_heads": 6,
    "intermediate_size": 1536,
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
_HEAD = {
    "candidate_pool": "shared",
    "pool_boundary_top_k": 32,
    "pool_size": 192,
    "enable_span_content": True,
    "enable_rotary_endpoints": True,
    "boundary_attention_layers": 2,
    "boundary_attention_window": 128,
    "candidate_attention_layers": 0,
    "query_attention_layers": 0,
    "query_conditioned_inside_weight": True,
    "endpoint_difference_features": True,
    "directional_relation_states": True,
    "relation_biaffine_content": True,
}


def load(job: Job) -> Read:
    """A GLiNER2.5 of random weights, in the job's floating-point type."""
    import torch
    from gliner2 import AutoExtractor
    from gliner2.configuration import ExtractorConfig
    from transformers import AutoTokenizer, DebertaV2Config

    encoder = DebertaV2Config(**_ENCODER)
    with tempfile.TemporaryDirectory() as folder:
        write_english(Path(job["tokenizer"]), Path(folder), _VOCABULARY, 4096)
        tokenizer = AutoTokenizer.from_pretrained(folder)
    config = ExtractorConfig(model_name="random", architecture="boundary", max_len=4096, boundary_head=_HEAD)
    model = AutoExtractor.from_config(config, encoder_config=encoder, tokenizer=tokenizer)
    model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    if job["float"] == "bf16":
        model.quantize("bf16")
    types = list(job["types"])

    @torch.inference_mode()
    def read(part: slice) -> None:
        model.batch_extract_entities(job["texts"][part], types, batch_size=_BATCH, threshold=_THRESHOLD)

    return read


if __name__ == "__main__":
    serve(load)
