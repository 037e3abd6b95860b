#!/usr/bin/env bash
# Kiwi's morphemes overlap and may be empty: as tokens of a Korean text they cannot carry one label each.
#
# Versions: kiwipiepy 0.24.1, its model 0.24.0, Python 3.11.
# Expected: tokens follow each other, so that token.end <= next.start and text[token.start:token.end] is not empty, as
#   column files and offsets of entities need it.
# Seen: a contracted syllable belongs to several morphemes, which share its place, and one that left no letter has the
#   length 0. Forms are those of the dictionary: text[start:end] is another string than the form.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q kiwipiepy==0.24.1 kiwipiepy_model==0.24.0
"$folder/venv/bin/python" - <<'PYTHON'
from itertools import pairwise

from kiwipiepy import Kiwi

TEXT = "그는 했다. 그게 뭐야"
tokens = Kiwi().tokenize(TEXT)
shared = [(left.form, right.form) for left, right in pairwise(tokens) if left.end > right.start]
assert shared == [("하", "었"), ("그것", "이")], shared
assert [token.form for token in tokens if token.len == 0] == ["이"], tokens
assert TEXT[tokens[2].start : tokens[2].end] == "했" != tokens[2].form, tokens
print("as told: morphemes share syllables, and one has none")
PYTHON
