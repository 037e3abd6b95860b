#!/usr/bin/env bash
# transformers warns of Mistral's regular expression at any local model of many tokens, and its remedy breaks the model's
# tokenizer.
#
# Versions: transformers 5.19.0, tokenizers 0.23.3, Python 3.11.
# Expected: "Local file with an associated config saved next to it >> Model type one of the mistral models" (docstring
#   of `_patch_mistral_regex`): the model type in config.json decides, and that of a Qwen2 model is none of them.
# Seen: the model type is looked at only where config.json also says "transformers_version". Without it, as other
#   programs write configurations, AutoTokenizer takes any tokenizer of more than 100,000 tokens, such as those of Qwen
#   and Gemma, for an old one of Mistral's. It warns that tokenization will be incorrect and advises
#   fix_mistral_regex=True. Who follows it gets Mistral's expression in the place of the model's own: "iPhone" is cut
#   in two. With "transformers_version" there is no warning, and the flag is ignored.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q transformers==5.19.0 tokenizers==0.23.3
cd "$folder"
cat > load.py <<'PYTHON'
import io
import json
import logging
import os
from contextlib import redirect_stderr
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import AutoTokenizer
from transformers.utils import logging as transformers_logging

tokens = [*"iPhone", *(f"<{number}>" for number in range(100_000))]
tokenizer = Tokenizer(models.BPE(vocab={token: number for number, token in enumerate(tokens)}, merges=[]))
split = pre_tokenizers.Split(Regex(r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"), "isolated")  # letters together, as Qwen2 has it
tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
for name, config in (("without", {}), ("with", {"transformers_version": "5.0.0"})):
    model = Path(name)
    model.mkdir()
    tokenizer.save(str(model / "tokenizer.json"))
    (model / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))
    (model / "config.json").write_text(json.dumps({"model_type": "qwen2", **config}))
    for flags in ({}, {"fix_mistral_regex": True}):
        told = io.StringIO()
        handler = logging.StreamHandler(told)
        transformers_logging.get_logger("transformers").addHandler(handler)
        loaded = AutoTokenizer.from_pretrained(name, **flags)
        transformers_logging.get_logger("transformers").removeHandler(handler)
        parts = [part for part, _ in loaded.backend_tokenizer.pre_tokenizer.pre_tokenize_str("iPhone")]
        warned = "incorrect regex pattern" in told.getvalue()
        print(f"{name} the version, {flags or 'no flag'}: {'a warning' if warned else 'no warning'}, {parts}")
PYTHON
venv/bin/python -W ignore load.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
diff - seen.txt <<'SEEN'
without the version, no flag: a warning, ['iPhone']
without the version, {'fix_mistral_regex': True}: no warning, ['i', 'Phone']
with the version, no flag: no warning, ['iPhone']
with the version, {'fix_mistral_regex': True}: no warning, ['iPhone']
SEEN
echo "as described"
