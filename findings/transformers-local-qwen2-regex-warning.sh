#!/usr/bin/env bash
# transformers warns of a wrong tokenizer regex for a local Qwen2 tokenizer that is right, unless its config names a version.
#
# Versions: transformers 5.19.0, tokenizers 0.23.1, Python 3.11.
# Expected: a tokenizer folder loads without a warning if its ids are right, whatever wrote its config.json.
# Seen: with a vocabulary of more than 100,000 tokens and without the key `transformers_version` in config.json, AutoTokenizer warns of
#   "an incorrect regex pattern", as for some Mistral tokenizers, and advises `fix_mistral_regex=True`; with
#   `"transformers_version": "5.0.0"` it does not. The ids are the same. Who follows the advice gets Mistral's expression in
#   the place of the model's own, and other tokens: "iPhone" is cut in two.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q transformers==5.19.0 tokenizers==0.23.1
cd "$folder"
export HF_HUB_OFFLINE=1
venv/bin/python - <<'PYTHON'
import json
import logging
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoTokenizer
from transformers.utils import logging as theirs

heard = []


class Ear(logging.Handler):
    def emit(self, record):
        heard.append(record.getMessage())


theirs.add_handler(Ear())
letters = sorted(pre_tokenizers.ByteLevel.alphabet())
tokens = [*letters, *(f"unused {number}" for number in range(120_000))]  # large vocabularies alone are warned of
tokenizer = Tokenizer(models.BPE({token: number for number, token in enumerate(tokens)}, []))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()


def loaded(name, **more):
    place = Path(name)
    place.mkdir()
    tokenizer.save(str(place / "tokenizer.json"))
    (place / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "Qwen2Tokenizer"}))
    (place / "config.json").write_text(json.dumps({"model_type": "qwen2", "vocab_size": len(tokens), **more}))
    heard.clear()
    ids = AutoTokenizer.from_pretrained(name)("It costs 12 euros.")["input_ids"]
    return ids, any("regex" in message for message in heard)


def parts(**flags):
    split = AutoTokenizer.from_pretrained("without", **flags).backend_tokenizer.pre_tokenizer
    return [part for part, _ in split.pre_tokenize_str("iPhone")]


without, warned = loaded("without")
with_version, warned_again = loaded("with", transformers_version="5.0.0")
print(f"without a version: warned {warned}; with one: warned {warned_again}; same ids {without == with_version}")
assert warned and not warned_again and without == with_version
print(f"parts: {parts()}; as advised: {parts(fix_mistral_regex=True)}")
assert parts() == ["iPhone"] and parts(fix_mistral_regex=True) == ["i", "Phone"]
PYTHON
