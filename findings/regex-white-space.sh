#!/usr/bin/env bash
# In `regex`, \s leaves out U+001C to U+001F, which \s of `re` and str.isspace() count as white space.
#
# Versions: regex 2026.11.19, Python 3.11.
# Expected: `regex` says that it is backwards-compatible with `re` in its default behaviour (VERSION0), so "[^\s]" finds
#   the same characters with both, and nothing that str.strip() would leave empty.
# Seen: the four separators match [^\s] of `regex` alone; a tokenizer that is moved from `re` to `regex` gets tokens
#   that are white space to str.isspace(), str.split() and str.strip().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q regex==2026.11.19
"$folder/venv/bin/python" - <<'PYTHON'
import re

import regex

characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
of_re, of_regex = ({each for each in characters if module.match(r"\s", each)} for module in (re, regex))
assert of_re == {each for each in characters if each.isspace()}
assert of_re - of_regex == set("\x1c\x1d\x1e\x1f"), of_re - of_regex
assert of_regex <= of_re
assert [token.strip() for token in regex.findall(r"[^\s]+", "a \x1f b")] == ["a", "", "b"]
assert re.findall(r"[^\s]+", "a \x1f b") == ["a", "b"]
print("as told: \\s of regex leaves out U+001C to U+001F")
PYTHON
