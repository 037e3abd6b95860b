#!/usr/bin/env bash
# seqeval takes sample_weight in every score and in its report, and never weighs a sentence by it.
#
# Versions: seqeval 1.2.2, Python 3.11.
# Expected: `sample_weight`, documented as in scikit-learn ("array-like of shape = [n_samples]"), weighs sentences: one
#   with the weight 0 does not count, and one with the weight 3 counts as three copies of it; or an error says that
#   weights are not supported.
# Seen: precision_score, recall_score, f1_score and classification_report give the same figures with any weights, with
#   mode="strict" and without, and say nothing; nor are weights refused of which there are too few.  Copies of a
#   sentence, which are what weights stand for, do change the scores.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q seqeval==1.2.2
"$folder/venv/bin/python" -W error - <<'PYTHON'
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

GOLD = [["B-PER", "O", "B-LOC"], ["O", "B-PER", "I-PER"]]
FOUND = [["B-PER", "O", "O"], ["O", "B-PER", "I-PER"]]  # the first sentence lacks an entity


def scores(gold, found, **options):
    """Precision, recall, F1 and the F1 of the report's micro average."""
    average = classification_report(gold, found, output_dict=True, zero_division=0, **options)["micro avg"]
    own = [score(gold, found, **options) for score in (precision_score, recall_score, f1_score)]
    return [round(float(each), 2) for each in (*own, average["f1-score"])]


unweighted = scores(GOLD, FOUND)
assert unweighted == [1.0, 0.67, 0.8, 0.8]
for weights in ([0, 1], [3, 1], [1]):
    for mode in ({}, {"mode": "strict", "scheme": IOB2}):
        found = scores(GOLD, FOUND, sample_weight=weights, **mode)
        print(f"weights {weights} {mode.get('mode', 'no mode')}: {found}")
        assert found == unweighted
alone, copies = scores(GOLD[1:], FOUND[1:]), scores([GOLD[0]] * 3 + GOLD[1:], [FOUND[0]] * 3 + FOUND[1:])
print(f"without the first sentence: {alone}; with three copies of it: {copies}")
assert alone == [1.0, 1.0, 1.0, 1.0]
assert copies == [1.0, 0.57, 0.73, 0.73]
PYTHON
