"""Trainings that benchmarks need: `train.run` in a process of its own, on documents at hand; what is there already is kept."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from cascade import Document
from cascade.adapter import CARD, STAGES
from cascade.errors import CascadeError
from data_formats import write


def drawn(documents: Sequence[Document], size: int, seed: int) -> list[Document]:
    """So many of the documents at random; a larger number holds all of a smaller one."""
    if size > len(documents):
        raise CascadeError(f"there are {len(documents)} documents to train on; expected at least {size}, or smaller numbers with --sizes")
    return random.Random(seed).sample(documents, len(documents))[:size]


def trained(folder: Path, documents: Sequence[Document], options: Mapping[str, object]) -> float | None:
    """Trains on `documents` and puts the adapters into `folder / "adapters"`; the seconds it took, None where they were there.

    options: of `train.run` by name, such as {"start_from": FOLDER}; those that are None are left out.
    """
    if all((folder / "adapters" / stage / CARD).is_file() for stage in STAGES):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    write(documents, str(folder / "train.jsonl"), "jsonl")
    command = ["--data", folder / "train.jsonl", "--out", folder / "adapters", "--work", folder / "work"]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", value] if value is not None else []
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "train.run", *map(str, command)], check=False)
    if done.returncode:
        raise CascadeError(f"training in {folder} ended with status {done.returncode}; its messages are above")
    return time.monotonic() - started
