#!/usr/bin/env bash
# pyconll takes a value of MISC with a comma for a set: it is read without its order and written sorted, entities too.
#
# Versions: pyconll 3.3.1, Python 3.11.
# Expected: commas part values in FEATS alone, where CoNLL-U sorts them; a value of MISC is the annotators' own, so that
#   a file that is read and written stays as it was.  CorefUD's and GUM's entities are such values; with entity linking
#   they end in a title of Wikipedia, many of which hold a comma ("Austin,_Texas").
# Seen: each value of MISC is split at its commas into a set, whose members are written in alphabetical order.  Where
#   one entity ends and a linked one begins, "e3)(e4-place-new-1-coref-Austin,_Texas)" is written as
#   "_Texas),e3)(e4-place-new-1-coref-Austin": brackets and title are broken, without a word.  A gloss with two meanings
#   changes their order, and of two alike one is gone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pyconll==3.3.1
"$folder/venv/bin/python" -W error - <<'PYTHON'
import pyconll


def written(misc):
    """The MISC column of a token after reading and writing."""
    row = "\t".join(["1", "Austin", "Austin", "PROPN", "_", "_", "0", "root", "_", misc])
    [sentence] = pyconll.load_from_string(f"{row}\n\n")
    [token] = sentence
    after = sentence.conll().splitlines()[-1].split("\t")[9]
    print(f"{misc} -> {token.misc} -> {after}")
    return after


linked = "Entity=e3)(e4-place-new-1-coref-Austin,_Texas)"
assert written(linked) == "Entity=_Texas),e3)(e4-place-new-1-coref-Austin"
assert written("Gloss=to meet, to see") == "Gloss= to see,to meet"
assert written("Gloss=aye,aye") == "Gloss=aye"
same = "Entity=(e4-place-new-1-coref-Austin)|SpaceAfter=No"
assert written(same) == same
PYTHON
