#!/usr/bin/env bash
# seqeval's f1_score(mode="strict") is not strict without a scheme; classification_report(mode="strict") of the same is.
#
# Versions: seqeval 1.2.2, Python 3.11.
# Expected: mode="strict" counts strictly in each of seqeval's functions, with the scheme found from the labels where
#   none is given, or an error asks for one, as the README says to give both; f1_score is the micro average that
#   classification_report shows.
# Seen: without a scheme, f1_score, precision_score and recall_score take the mode and count leniently all the same,
#   without a word: a prediction with an entity that begins with I- has F1 1.0, as with no mode.  classification_report
#   finds the scheme by itself and shows 0.67 for the same call, which is what f1_score gives with scheme=IOB2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q seqeval==1.2.2
"$folder/venv/bin/python" -W error - <<'PYTHON'
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

GOLD = [["B-PER", "I-PER", "O", "B-PER", "O"]]
FOUND = [["I-PER", "I-PER", "O", "B-PER", "O"]]


def compared(name, **options):
    """Precision, recall and F1 by functions of their own, and by the micro average of the report."""
    own = [float(score(GOLD, FOUND, **options)) for score in (precision_score, recall_score, f1_score)]
    average = classification_report(GOLD, FOUND, output_dict=True, **options)["micro avg"]
    report = [float(average[key]) for key in ("precision", "recall", "f1-score")]
    own, report = ([round(each, 2) for each in scores] for scores in (own, report))
    print(f"{name}: precision, recall and F1 by themselves {own}, in the report {report}")
    return own, report


LENIENT, STRICT = [1.0, 1.0, 1.0], [1.0, 0.5, 0.67]
assert compared("no mode") == (LENIENT, LENIENT)
assert compared("strict", mode="strict") == (LENIENT, STRICT)
assert compared("strict, IOB2", mode="strict", scheme=IOB2) == (STRICT, STRICT)
PYTHON
