#!/usr/bin/env bash
# transformers' group_by_length feeds rows from long to short, again and again, to the last step of a training.
#
# Versions: transformers 5.19.0, torch 2.13.0 (CPU), Python 3.11.
# Expected: "samples indices in a way that groups together features of the dataset of roughly the same length while
#   keeping a bit of randomness" (docstring of `LengthGroupedSampler`): batches of like length, in a random order.
# Seen: only rows are drawn at random. Those of 50 batches are sorted by length and stay in this order, so each 50 steps
#   begin with the longest rows and end with the shortest, and so does the training. Where length tells something of the
#   answer, such as how many items a list has, the last steps teach that all have few: a model that was trained on 2,254
#   lists of entities for one pass ended every list after its first item. ms-swift's `group_by_length` uses the same
#   function.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.19.0 numpy
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON' > seen.txt
import random

import torch
from transformers.trainer_pt_utils import LengthGroupedSampler

BATCH = 8
lengths = random.Random(1).choices(range(1, 500), k=200 * BATCH)
sampler = LengthGroupedSampler(BATCH, lengths=lengths, generator=torch.Generator().manual_seed(1))
order = [lengths[index] for index in sampler]
means = [sum(order[start : start + BATCH]) / BATCH for start in range(0, len(order), BATCH)]
rises = [place for place in range(1, len(means)) if means[place] > means[place - 1]]
print("batches:", len(means))
print("longer than the one before:", rises)
print("mean length of the first five and the last five:", [round(sum(part) / 5, -2) for part in (means[:5], means[-5:])])
PYTHON
cat seen.txt
diff - seen.txt <<'SEEN'
batches: 200
longer than the one before: [50, 100, 150]
mean length of the first five and the last five: [500.0, 0.0]
SEEN
echo "as described"
