#!/usr/bin/env bash
# nervaluate takes the `end` of its dictionaries as inclusive, so neighbouring entities overlap.
#
# Versions: nervaluate 1.2.1, Python 3.11.
# Expected: {"label", "start", "end"} holds offsets as spaCy, Label Studio, doccano and most data sets of the hub give
#   them, with `end` behind the last character; a prediction that shares no character with a gold entity is spurious,
#   and the gold entity is missed.
# Seen: gold 0..3 and a prediction 3..6 of the same type are a full match of `ent_type` (F1 1.0) and half a match of
#   `partial` (F1 0.5), nothing missed and nothing spurious.  With 0..2 and 3..5, the same entities by inclusive ends,
#   both F1 are 0.  Where words are not parted by blanks, as in Chinese, or in "3kg", such neighbours are common.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q nervaluate==1.2.1
"$folder/venv/bin/python" - <<'PYTHON'
from nervaluate.evaluator import Evaluator


def scores(gold, found):
    """F1, missed and spurious by two of the ways to count, for one entity in gold and one found."""
    entities = ([[{"label": "PER", "start": start, "end": end}]] for start, end in (gold, found))
    result = Evaluator(*entities, tags=["PER"], loader="dict").evaluate()["overall"]
    return {way: (result[way].f1, result[way].missed, result[way].spurious) for way in ("ent_type", "partial")}


exclusive, inclusive = scores((0, 3), (3, 6)), scores((0, 2), (3, 5))
print("0..3 and 3..6:", exclusive)
print("0..2 and 3..5:", inclusive)
assert exclusive == {"ent_type": (1.0, 0, 0), "partial": (0.5, 0, 0)}
assert inclusive == {"ent_type": (0, 1, 1), "partial": (0, 1, 1)}
PYTHON
