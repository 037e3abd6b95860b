"""Trainings that benchmarks need: `train.run` in a process of its own, on documents at hand; what is there already is kept."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from cascade import Document
from cascade.adapter import CARD, STAGES, read_adapter
from cascade.errors import CascadeError
from data_formats import write
from data_formats.json_lines import to_object
from train.made_for import digest


def drawn(documents: Sequence[Document], size: int, seed: int) -> list[Document]:
    """So many of the documents at random; a larger number holds all of a smaller one."""
    if size > len(documents):
        raise CascadeError(f"there are {len(documents)} documents to train on; expected at least {size}, or smaller numbers with --sizes")
    return random.Random(seed).sample(documents, len(documents))[:size]


def sizes_of(text: str, total: int) -> list[int]:
    """The numbers in a list such as `20,50,all`."""
    parts = text.split(",")
    if not all(part == "all" or (part.isdecimal() and int(part) > 0) for part in parts):
        raise CascadeError(f"--sizes {text!r}; expected numbers of sentences above 0, or all, separated by commas")
    return [total if part == "all" else int(part) for part in parts]


def _named(value: object) -> str:
    """An option as the note of a training has it: a file with what is in it, as that may change under the name."""
    return f"{value} {digest(value)}" if isinstance(value, Path) and value.is_file() else str(value)


def trained(folder: Path, documents: Sequence[Document], options: Mapping[str, object]) -> float | None:
    """Trains on `documents` and puts the adapters into `folder / "adapters"`; the seconds it took, None where they were there.

    options: of `train.run` by name, such as {"start_from": FOLDER}; those that are None are left out.  Raises CascadeError where what is there was made with
    other options or from other documents, and where a stage ends before `max_steps`.
    """
    made_from = {name: _named(value) for name, value in options.items()}
    made_from["documents"] = sha256("\n".join(json.dumps(to_object(document)) for document in documents).encode()).hexdigest()
    note = folder / "made-from.json"
    if note.is_file() and json.loads(note.read_text(encoding="utf-8")) != made_from:
        raise CascadeError(f"{folder}: holds a training with other options or from other documents; name another --out, or remove it")
    if all((folder / "adapters" / stage / CARD).is_file() for stage in STAGES):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(made_from, indent=1) + "\n", encoding="utf-8")
    write(documents, str(folder / "train.jsonl"), "jsonl")
    command = ["--data", folder / "train.jsonl", "--out", folder / "adapters", "--work", folder / "work"]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", value] if value is not None else []
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "train.run", *map(str, command)], check=False)
    if done.returncode:
        raise CascadeError(f"training in {folder} ended with status {done.returncode}; its messages are above")
    for stage in STAGES:
        steps = read_adapter(folder / "adapters" / stage).card.training.get("steps")
        if steps != options["max_steps"]:
            raise CascadeError(f"{folder}: the {stage} was trained for {steps} steps, not {options['max_steps']}, so it is not comparable; ask for fewer")
    return time.monotonic() - started
