#!/usr/bin/env bash
# Beside a model of the Qwen2 architecture, AutoTokenizer loads another tokenizer than the one that was saved there.
#
# Versions: transformers 5.19.0, tokenizers 0.23.1, Python 3.11.
# Expected: a tokenizer of one's own, saved with save_pretrained into the folder of a model, is what AutoTokenizer loads
#   from there: its tokenizer.json holds all of it, and tokenizer_config.json does not name Qwen2's class.
# Seen: with model_type qwen2 in config.json a Qwen2Tokenizer is made of the vocabulary alone: the lower-casing normaliser
#   is replaced by NFC, and a word-level vocabulary is taken for byte-level BPE, so that each text becomes no token at
#   all.  No warning and no error.  With qwen3, llama, mistral, gemma3_text and gpt2 in config.json the saved tokenizer
#   is loaded, and so it is by PreTrainedTokenizerFast.from_pretrained.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q transformers==5.19.0 tokenizers==0.23.1
cd "$folder"
HF_HUB_OFFLINE=1 venv/bin/python - 2>said <<'PYTHON'
import json
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

END = "<|endoftext|>"


def lower_casing():
    tokens = [*sorted(pre_tokenizers.ByteLevel.alphabet()), END]
    made = Tokenizer(models.BPE({token: number for number, token in enumerate(tokens)}, []))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return made


def of_words():
    tokens = ["<unk>", END, "Ada", "met", "Bob"]
    made = Tokenizer(models.WordLevel({token: number for number, token in enumerate(tokens)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


def loaded(make, model_type):
    """The tokens as saved, and as loaded by AutoTokenizer and by the class that saved them."""
    saved = PreTrainedTokenizerFast(tokenizer_object=make(), eos_token=END, pad_token=END)
    folder = Path(f"{make.__name__}-{model_type}")
    saved.save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    again = AutoTokenizer.from_pretrained(folder), PreTrainedTokenizerFast.from_pretrained(folder)
    return [each.encode("Ada met Bob") for each in (saved, *again)]


for make in (lower_casing, of_words):
    for model_type in ("qwen2", "qwen3", "llama", "mistral", "gemma3_text", "gpt2"):
        saved, auto, own = loaded(make, model_type)
        print(f"{make.__name__}, {model_type}: as saved {auto == saved}, {len(auto)} tokens of {len(saved)}")
        assert own == saved and (auto == saved) == (model_type != "qwen2"), (make.__name__, model_type)
assert loaded(of_words, "qwen2")[1] == []
PYTHON
if grep -i qwen said; then
  echo "something is said of it; this finding is out of date"
  exit 1
fi
