#!/usr/bin/env bash
# GLiNER cannot export a bi-encoder for types that are encoded already, the case that bi-encoders are made for.
#
# Versions: gliner 0.2.29, transformers 4.57.6, onnx 1.23.2, torch 2.13.0 (CPU), Python 3.11.
# Expected: export_to_onnx of a bi-encoder documents `from_labels_embeddings=True`: a graph that takes the types'
#   embeddings, so that hundreds of types cost nothing for each text.
# Seen: TypeError, as the option is handed on to _build_dummy_batch, which does not take it.  Without the option a graph
#   is written, which encodes all types again with each batch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==4.57.6 gliner==0.2.29 onnx==1.23.2
cd "$folder"
HF_HUB_OFFLINE=1 venv/bin/python -W ignore - <<'PYTHON'
import json
import tempfile
from pathlib import Path

import torch
from gliner import GLiNER, GLiNERConfig
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

WORDS = "ada met bob in london today person city [PAD] [UNK] [CLS] [SEP] [MASK]".split()
SPECIAL = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
SHAPE = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48, "vocab_size": 64
}
IDS = {"pad_token_id": 8, "cls_token_id": 10, "bos_token_id": 10, "sep_token_id": 11, "eos_token_id": 11}
ENCODERS = {
    "texts": {"model_type": "modernbert", "reference_compile": False, **SHAPE, **IDS},
    "types": {"model_type": "bert", **SHAPE},
}


def bi_encoder(root):
    """A tiny bi-encoder of random weights: a ModernBERT for texts, a BERT for types."""
    for name, config in ENCODERS.items():
        words = models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]")
        tokenizer = Tokenizer(words)
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, **SPECIAL).save_pretrained(root / name)
        (root / name / "config.json").write_text(json.dumps(config))
    torch.manual_seed(0)
    config = GLiNERConfig(
        model_name=str(root / "texts"),
        encoder_config=dict(ENCODERS["texts"]),
        labels_encoder=str(root / "types"),
        labels_encoder_config=dict(ENCODERS["types"]),
        max_width=4,
        hidden_size=32,
    )
    return GLiNER.from_config(config, backbone_from_pretrained=False).eval()


with tempfile.TemporaryDirectory() as name:
    root = Path(name)
    model = bi_encoder(root)
    embeddings = model.encode_labels(["person", "city"])
    print("types encoded once:", tuple(embeddings.shape))
    model.export_to_onnx(root / "with types")
    print("without the option: exported")
    try:
        model.export_to_onnx(root / "without types", from_labels_embeddings=True)
    except TypeError as error:
        assert "from_labels_embeddings" in str(error), error
        print("with the option:", error)
    else:
        raise SystemExit("it is exported; this finding is out of date")
PYTHON
