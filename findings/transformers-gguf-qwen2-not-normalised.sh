#!/usr/bin/env bash
# A Qwen2 tokenizer that transformers reads from a GGUF file has no NFC normalisation; the same vocabulary in a folder has.
#
# Versions: transformers 5.19.0, gguf 0.19.0, Python 3.11.
# Expected: AutoTokenizer.from_pretrained(..., gguf_file=...) gives a Qwen2Tokenizer, and one vocabulary gives one and the
#   same tokens, whether it stands in vocab.json and merges.txt or in the GGUF file.
# Seen: both are of the class Qwen2Tokenizer.  That of the folder has the normaliser NFC, that of the file has none.  So
#   a letter with a combining accent becomes one token with the former and three with the latter.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.19.0 gguf==0.19.0
cd "$folder"
HF_HUB_OFFLINE=1 venv/bin/python -W ignore - <<'PYTHON'
import json
import unicodedata
from pathlib import Path

import gguf
import numpy
from tokenizers.pre_tokenizers import ByteLevel
from transformers import AutoTokenizer

# the letter é is one token, put together of its two bytes, as byte-level vocabularies spell them
TOKENS, MERGES = [*sorted(ByteLevel.alphabet()), "Ã©", "<|endoftext|>"], ["Ã ©"]

writer = gguf.GGUFWriter("model.gguf", "qwen2")
for name, value in (("context_length", 64), ("embedding_length", 32), ("block_count", 1), ("feed_forward_length", 48)):
    getattr(writer, f"add_{name}")(value)
writer.add_head_count(2)
writer.add_head_count_kv(1)
writer.add_layer_norm_rms_eps(1e-6)
writer.add_rope_freq_base(1e4)
writer.add_tokenizer_model("gpt2")
writer.add_tokenizer_pre("qwen2")
writer.add_token_list(TOKENS)
writer.add_token_types([1] * (len(TOKENS) - 1) + [3])
writer.add_token_merges(MERGES)
writer.add_eos_token_id(len(TOKENS) - 1)
writer.add_tensor("token_embd.weight", numpy.zeros((len(TOKENS), 32), dtype=numpy.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

Path("own").mkdir()
Path("own/vocab.json").write_text(json.dumps({token: number for number, token in enumerate(TOKENS)}))
Path("own/merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")
Path("own/tokenizer_config.json").write_text('{"tokenizer_class": "Qwen2Tokenizer"}')
Path("own/config.json").write_text('{"model_type": "qwen2"}')

READ = {"GGUF": AutoTokenizer.from_pretrained(".", gguf_file="model.gguf"), "folder": AutoTokenizer.from_pretrained("own")}
counts = {}
for name, tokenizer in READ.items():
    counts[name] = [len(tokenizer.encode(unicodedata.normalize(form, "é"))) for form in ("NFC", "NFD")]
    normaliser = tokenizer.backend_tokenizer.normalizer
    print(f"{name}: {type(tokenizer).__name__}, normaliser {normaliser}: {counts[name]} tokens composed and decomposed")
assert {type(tokenizer).__name__ for tokenizer in READ.values()} == {"Qwen2Tokenizer"}
assert counts == {"GGUF": [1, 3], "folder": [1, 1]}, counts
PYTHON
