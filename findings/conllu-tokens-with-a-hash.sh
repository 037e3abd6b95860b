#!/usr/bin/env bash
# conllu drops tokens that begin with "#" from a file of tokens and labels, hashtags with their labels among them.
#
# Versions: conllu 6.0.0, Python 3.11.
# Expected: with parse(text, fields=["form", "ner"]), the way to read columns other than CoNLL-U's, each line of two
#   columns is a token; a line with a tab and a label in it is no comment, least of all between two tokens.
# Seen: every line that begins with "#" is taken for a comment, wherever it stands, and is left out without a word: of
#   "in <tab> O", "#Lyon <tab> B-LOC", "today <tab> O" two tokens stay and no entity.  Where the token has a "=", as in
#   "#lang=fr", it turns up in `metadata`.  serialize() writes the sentence without them.  With a number of the token as
#   the first column all tokens stay.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q conllu==6.0.0
"$folder/venv/bin/python" -W error - <<'PYTHON'
import conllu

TOKENS = [("in", "O"), ("#Lyon", "B-LOC"), ("today", "O"), ("#", "O"), ("#lang=fr", "O"), ("!", "O")]


def read(name, fields, rows):
    """The tokens and the metadata of the one sentence, and whether it is written as it was read."""
    text = "".join("\t".join(row) + "\n" for row in rows) + "\n"
    [sentence] = conllu.parse(text, fields=fields)
    found = [(token["form"], token["ner"]) for token in sentence]
    same = sentence.serialize() == text
    print(f"{name}: {found}, metadata {dict(sentence.metadata)}, written as it was: {same}")
    return found, dict(sentence.metadata), same


kept = [("in", "O"), ("today", "O"), ("!", "O")]
found, metadata, same = read("two columns", ["form", "ner"], TOKENS)
assert found == kept
assert list(metadata) == ["lang"]
assert not same
numbered = [(str(number), *row) for number, row in enumerate(TOKENS, 1)]
assert read("with numbers", ["id", "form", "ner"], numbered) == (TOKENS, {}, True)
PYTHON
