#!/usr/bin/env bash
# datasets turns document ids that are dates into times as it reads JSON lines, and writes them as milliseconds.
#
# Versions: datasets 4.8.4, pyarrow 26.0.1, Python 3.11.
# Expected: JSON has no dates, so a string stays one: {"id": "2026-11-01"} of a corpus of daily news is read as this id,
#   and results written with to_json join with the corpus by it.
# Seen: where every id of the file is a day, the column is timestamp[s], rows hold datetime objects, and to_json writes
#   {"id": 1793491200000}.  With features that say it is a string, it is one, but "2026-11-01 00:00:00": the times are
#   read first.  One id of another form in the file ("2026-11-02b") keeps all of them as they are.  So it turns on the
#   data what an id is.  Dataset.from_list with the rows as Python's json reads them keeps the ids.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q datasets==4.8.4 pyarrow==26.0.1
cd "$folder"
HF_HUB_OFFLINE=1 HF_HOME="$folder/hf" HF_DATASETS_DISABLE_PROGRESS_BARS=1 venv/bin/python -W ignore - <<'PYTHON'
import json
from pathlib import Path

import datasets

datasets.disable_progress_bars()
STRINGS = datasets.Features({"id": datasets.Value("string"), "text": datasets.Value("string")})


def through(name, ids, features=None):
    """The ids as rows hold them, and as they are written again."""
    Path(name).write_text("".join(json.dumps({"id": each, "text": "Ada met Bob."}) + "\n" for each in ids))
    data = datasets.load_dataset("json", data_files=name, split="train", features=features)
    data.to_json("written.jsonl")
    written = [json.loads(line)["id"] for line in Path("written.jsonl").read_text().splitlines()]
    print(f"{ids}: {data.features['id'].dtype}, rows hold {type(data[0]['id']).__name__}, written again {written}")
    return data.features["id"].dtype, written


DAYS = ["2026-11-01", "2026-11-02"]
assert through("days.jsonl", DAYS) == ("timestamp[s]", [1793491200000, 1793577600000])
mixed = ["2026-11-01", "2026-11-02b"]
assert through("mixed.jsonl", mixed) == ("string", mixed)
assert through("told.jsonl", DAYS, STRINGS) == ("string", [f"{day} 00:00:00" for day in DAYS])
rows = [json.loads(line) for line in Path("days.jsonl").read_text().splitlines()]
assert datasets.Dataset.from_list(rows)["id"][:] == DAYS
print("Dataset.from_list: as they are")
PYTHON
