"""What prepared data and trainings depend on, so that a later run goes on from those alone that were made as it
asks for, and never under another's name.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

from cascade.adapters.card import Adapter
from cascade.errors import CascadeError
from cascade.whole_files import write_whole
from train.corpora.mixtures import is_mixture, read_mixture

_OF_DATA = (
    "data",
    "dev",
    "dev_documents",
    "data_root",
    "base",
    "epochs",
    "seed",
    "language",
    "without",
    "without_types",
    "rank",
    "demonstrations",
    "taxonomy",
)
_OF_TRAINING = (
    "batch",
    "learning_rate",
)  # beside those of the data; more steps may be asked for: then the training goes on
_NOTE = "made-for.json"


def of_data(options: argparse.Namespace, root: Adapter | None) -> dict[str, str]:
    """What prepared data depend on: options, and what is in the files that they name, as that may change under their
    names.

    root: the adapter that the new one is to be a difference to.
    """
    made_for = {name: str(getattr(options, name)) for name in _OF_DATA}
    if options.without_types:  # other than data made while the types' marks alone were left out
        made_for["without_types"] += ", nor texts with them"
    made_for["builds_on"] = root.checksum() if root is not None else ""
    for name in ("data", "dev", "taxonomy"):
        file = getattr(options, name)
        made_for[f"{name}_content"] = _content(file, options.data_root) if file is not None else ""
    return made_for


def of_training(options: argparse.Namespace, stage_data: Mapping[str, str], start_from: str) -> dict[str, str]:
    """What a stage's checkpoints depend on: options, the prepared data and, where an adapter to train on from is
    named, its checksum; else "".
    """
    made_for = {name: str(getattr(options, name)) for name in _OF_TRAINING} | {
        "recipe": " ".join(sorted(options.recipe))
    }
    return made_for | {"start_from": start_from, "data": json.dumps(stage_data, sort_keys=True)}


def check_training(folder: Path, made_for: Mapping[str, str]) -> None:
    """Notes what the checkpoints of `folder` are made for; raises CascadeError where there are some that were made
    for something else.
    """
    note = folder / _NOTE
    if note.is_file():
        before = _noted(note)
        if changed := [
            name for name in made_for if before.get(name, "") != made_for[name]
        ]:  # without what was not noted yet
            shown = (
                ", ".join(
                    f"{name} {before.get(name)!r} instead of {made_for[name]!r}" for name in changed if name != "data"
                )
                or "other data"
            )
            raise CascadeError(f"{folder} holds a training with {shown}; name another --work folder or remove it")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(note, json.dumps(made_for, indent=1) + "\n")


def _noted(note: Path) -> dict[str, str]:
    """What a note says; raises CascadeError for one that was written by half: it does not tell what the checkpoints
    are.
    """
    try:
        noted: dict[str, str] = json.loads(note.read_text(encoding="utf-8"))
    except ValueError as error:
        remedy = f"name another --work folder or remove {note.parent}"
        raise CascadeError(f"{note}: is no note of a training: {error}; {remedy}") from error
    return noted


def _content(file: Path, root: Path | None) -> str:
    """A digest of what is in a data file; of a mixture, of the file and of all that it names."""
    if not is_mixture(file) or not file.is_file():
        return digest(file)
    entries = read_mixture(file).entries
    named = [file, *((root or file.parent) / name for entry in entries for name in _files_of(entry))]
    return " ".join(digest(each)[:16] for each in dict.fromkeys(named))


def _files_of(entry: Mapping[str, Any]) -> list[str]:
    """The files that an entry of a mixture names, whose texts are trained on, chosen by, or left out."""
    return [entry[key] for key in ("path", "dev") if key in entry] + list(entry.get("not_in", ()))


def digest(file: Path) -> str:
    """SHA-256 of a file in hexadecimal, nothing for what is none, which is for its reader to say."""
    if not file.is_file():
        return ""
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()
