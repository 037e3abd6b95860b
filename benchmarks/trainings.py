"""Trainings for benchmarks: runs `train.run` in its own process on given documents, and keeps existing results."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from cascade import Document
from cascade.adapters.card import CARD, STAGES, read_adapter
from cascade.errors import CascadeError
from cascade.whole_files import write_whole
from data_formats import write
from data_formats.json_lines import to_object
from train.provenance import digest


def drawn(documents: Sequence[Document], size: int, seed: int) -> list[Document]:
    """`size` of the documents at random; with the same seed, a larger draw contains every smaller one."""
    if size > len(documents):
        raise CascadeError(
            f"there are {len(documents)} documents to train on; expected at least {size}, or smaller numbers with "
            "--sizes"
        )
    return random.Random(seed).sample(documents, len(documents))[:size]


def sizes_of(text: str, total: int) -> list[int]:
    """The numbers in a list such as `20,50,all`; `total` stands for all."""
    parts = text.split(",")
    if not all(part == "all" or (part.isdecimal() and int(part) > 0) for part in parts):
        raise CascadeError(f"--sizes {text!r}; expected numbers of sentences above 0, or all, separated by commas")
    return [total if part == "all" else int(part) for part in parts]


def _named(value: object) -> str:
    """An option as a training's note holds it: a file, a pair or an adapter with its digest, because its content may
    change.
    """
    told = isinstance(value, Path) and (value.is_file() or (value / "extractor").is_dir() or (value / CARD).is_file())
    return f"{value} {digest(value)}" if isinstance(value, Path) and told else str(value)


def trained(folder: Path, documents: Sequence[Document], options: Mapping[str, object]) -> float | None:
    """Trains both stages on `documents` and puts the adapters into `folder / "adapters"`; returns the seconds it took.

    Returns None if the adapters existed already. options: as for `trained_on`, which may also raise CascadeError.
    """
    content = "\n".join(json.dumps(to_object(document)) for document in documents)
    data = folder / "train.jsonl"
    return trained_on(
        data,
        options,
        made_from={"documents": sha256(content.encode()).hexdigest()},
        write_data=lambda: write(documents, str(data), "jsonl"),
    )


def trained_on(
    data: Path,
    options: Mapping[str, object],
    *,
    made_from: Mapping[str, str],
    write_data: Callable[[], object],
    stages: Sequence[str] = STAGES,
    module: Sequence[str] = ("train.run",),
) -> float | None:
    """Trains on `data`, which `write_data` writes, and puts the adapters beside it, into `adapters`.

    Returns the seconds it took, or None if the adapters existed already. options: of `train.run` by name, such as
    {"start_from": FOLDER}; True for an option without a value; those that are None, False or empty are left out.
    made_from: what tells these data from others. module: the module to run, followed by arguments that precede the
    options. Raises CascadeError if the folder holds a training with other options or data, and if a stage ends before
    `max_steps`.
    """
    folder = data.parent
    made_from = {name: _named(value) for name, value in options.items()} | dict(made_from)
    note = folder / "made-from.json"
    if note.is_file() and json.loads(note.read_text(encoding="utf-8")) != made_from:
        raise CascadeError(
            f"{folder}: holds a training with other options or from other documents; name another --out, or remove it"
        )
    if all((folder / "adapters" / stage / CARD).is_file() for stage in stages):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(note, json.dumps(made_from, indent=1) + "\n")
    write_data()
    command: list[object] = ["--data", data, "--out", folder / "adapters", "--work", folder / "work"]
    for name, value in options.items():
        if value is not None and value is not False and value != []:  # but 0 is a value
            values = value if isinstance(value, list) else [] if value is True else [value]
            command += [f"--{name.replace('_', '-')}", *values]
    if not options.get("start_from") and not options.get("build_on"):
        command += ["--start-from", "nothing"]  # not from the shipped pair, as small files do otherwise
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-m", *module, *map(str, command)], check=False)
    if done.returncode:
        raise CascadeError(f"training in {folder} ended with status {done.returncode}; its messages are above")
    for stage in stages:
        steps = read_adapter(folder / "adapters" / stage).card.training.get("steps")
        if steps != options["max_steps"]:
            raise CascadeError(
                f"{folder}: the {stage} was trained for {steps} steps, not {options['max_steps']}, so it is not "
                "comparable; ask for fewer"
            )
    return time.monotonic() - started
