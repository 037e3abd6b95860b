#!/usr/bin/env bash
# The oldest tokenizers that transformers 5.0.0 names cannot be installed beside it.
#
# Versions: transformers 5.0.0, tokenizers 0.22.0 and 0.22.1, Python 3.11.
# Expected: transformers 5.0.0 asks for tokenizers>=0.22.0,<=0.23.0, so 0.22.0, where that range begins, can be pinned,
#   as who tests with the oldest versions does.
# Seen: tokenizers 0.22.0 asks for huggingface-hub<1.0, transformers 5.0.0 for huggingface-hub>=1.3.0.  pip refuses the
#   pair ("conflicting dependencies"); the range really begins at 0.22.1, which allows huggingface-hub<2.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
tried() { "$folder/venv/bin/pip" install -q --dry-run transformers==5.0.0 "tokenizers==$1" >"$folder/said" 2>&1; }

tried 0.22.1
echo "tokenizers 0.22.1: can be installed beside transformers 5.0.0"
if tried 0.22.0; then
  echo "tokenizers 0.22.0: can be installed too; this finding is out of date"
  exit 1
fi
grep -q "conflicting dependencies" "$folder/said"
echo "tokenizers 0.22.0: conflicting dependencies"
