#!/usr/bin/env bash
# Label Studio's own CoNLL export moves the edges of spans inside words and drops nested ones without a word.
#
# Versions: label-studio-sdk 2.1.2, Python 3.11.
# Expected: a region that a token does not hold exactly is left out with a warning, or the export fails; a region inside
#   another is reported.
# Seen: a region on "Par" of "Paris" is exported as the whole token; of "New York" inside "New York Times" nothing is
#   left; nothing is said. The JSON export keeps both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q label-studio-sdk==2.1.2
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import json
import logging
from pathlib import Path

from label_studio_sdk.converter import Converter

heard = []


class Ear(logging.Handler):
    def emit(self, record):
        heard.append(record.getMessage())


logging.getLogger().addHandler(Ear(level=logging.WARNING))
CONFIG = """<View><Labels name="label" toName="text"><Label value="city"/><Label value="paper"/></Labels>
<Text name="text" value="$text"/></View>"""


def region(start, end, text, label):
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"from_name": "label", "to_name": "text", "type": "labels", "value": value}


TEXT = "Paris reads the New York Times"
regions = [region(0, 3, "Par", "city"), region(16, 30, "New York Times", "paper"), region(16, 24, "New York", "city")]
task = {"id": 1, "data": {"text": TEXT}, "annotations": [{"id": 1, "result": regions}]}
Path("tasks.json").write_text(json.dumps([task]))
Converter(CONFIG, ".").convert_to_conll2003("tasks.json", "out", is_dir=False)
rows = [line.split() for line in Path("out/result.conll").read_text().splitlines() if line.endswith(("city", "paper", "O"))]
tags = [(row[0], row[-1]) for row in rows if row[0] != "-DOCSTART-"]
print(tags, "warnings:", heard)
assert tags == [
    ("Paris", "B-city"), ("reads", "O"), ("the", "O"), ("New", "B-paper"), ("York", "I-paper"), ("Times", "I-paper"),
], tags
assert not heard
PYTHON
