#!/usr/bin/env bash
# GLiNER's packing of inputs ends in an AttributeError for ModernBERT with a transformers that GLiNER allows.
#
# Versions: gliner 0.2.29, transformers 5.16.1 (and 4.57.6 for comparison), torch 2.13.0 (CPU), Python 3.11.
# Expected: gliner 0.2.29 asks for transformers<5.17, and InferencePackingConfig reads several short texts in one row.
# Seen: with transformers 5.16.1 a model whose text encoder is a ModernBERT, such as an Ettin, reads several texts
#   without packing, and with packing raises AttributeError: 'ModernBertModel' object has no attribute
#   '_maybe_set_compile'.  A single text, which is not packed, is read either way.  With transformers 4.57.6 all is read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.16.1 gliner==0.2.29
cd "$folder"
HF_HUB_OFFLINE=1 venv/bin/python -W ignore - <<'PYTHON'
import json
import tempfile
from pathlib import Path

import torch
from gliner import GLiNER, GLiNERConfig, InferencePackingConfig
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


TEXTS = ["ada met bob in london today", "bob met ada", "london today", "ada met ada"]
TYPES = ["person", "city"]
PACKING = InferencePackingConfig(max_length=64, streams_per_batch=2)

with tempfile.TemporaryDirectory() as name:
    model = bi_encoder(Path(name))
    embeddings = model.encode_labels(TYPES)
    assert len(model.batch_predict_with_embeds(TEXTS, embeddings, TYPES)) == len(TEXTS)
    print("without packing: read")
    assert len(model.batch_predict_with_embeds(TEXTS[:1], embeddings, TYPES, packing_config=PACKING)) == 1
    print("one text with packing: read")
    try:
        model.batch_predict_with_embeds(TEXTS, embeddings, TYPES, packing_config=PACKING)
    except AttributeError as error:
        assert "_maybe_set_compile" in str(error), error
        print("several texts with packing:", error)
    else:
        raise SystemExit("they are read; this finding is out of date")
PYTHON
