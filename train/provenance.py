"""What prepared data and trainings were made from: a later run goes on only from those that were made as it asks for.

Files may change under their names, so what is in them counts too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

from cascade.adapters.card import Adapter
from cascade.errors import CascadeError
from cascade.whole_files import write_whole
from train.corpora.mixtures import is_mixture, read_mixture
from train.options import TrainingOptions

_OF_DATA = (
    "data",
    "dev",
    "dev_documents",
    "data_root",
    "base",
    "epochs",
    "seed",
    "language",
    "without_corpora",
    "without_types",
    "rank",
    "demonstrations",
    "taxonomy",
)
# beside those of the data; more steps may be asked for: then the training goes on
_OF_TRAINING = ("batch", "learning_rate", "recipe_values")
_NOTE = "provenance.json"
# how version 0.1 called the file, and options in it
_OLD_NOTE = "made-for.json"
_OLD_NAMES = {"without": "without_corpora", "recipe": "recipe_values"}


def data_provenance(options: TrainingOptions, root: Adapter | None) -> dict[str, str]:
    """What prepared data depend on: options, and what is in the files that they name.

    root: the adapter that the new one is to be a difference to.
    """
    texts = options.as_texts()
    provenance = {name: texts[name] for name in _OF_DATA}
    if options.without_types:  # other than data made while the types' marks alone were left out
        provenance["without_types"] += ", nor texts with them"
    provenance["builds_on"] = root.checksum() if root is not None else ""
    for name, file in (("data", options.data), ("dev", options.dev), ("taxonomy", options.taxonomy)):
        provenance[f"{name}_content"] = _content(file, options.data_root) if file is not None else ""
    return provenance


def training_provenance(options: TrainingOptions, of_data: Mapping[str, str], start_from: str) -> dict[str, str]:
    """What a stage's checkpoints depend on: options, the prepared data and, where an adapter to train on from is named,
    its checksum; else "".

    of_data: what `data_provenance` says of the data.
    """
    texts = options.as_texts() | {"recipe_values": " ".join(sorted(options.recipe_values))}
    provenance = {name: texts[name] for name in _OF_TRAINING}
    return provenance | {"start_from": start_from, "data": json.dumps(of_data, sort_keys=True)}


def check_training(folder: Path, provenance: Mapping[str, str]) -> None:
    """Notes what the checkpoints of `folder` are made from; raises CascadeError where there are some that were made
    from something else.
    """
    before = _noted(folder)
    # without what was not noted yet
    if before is not None and (changed := [name for name in provenance if before.get(name, "") != provenance[name]]):
        shown = ", ".join(
            f"{name} {before.get(name)!r} instead of {provenance[name]!r}" for name in changed if name != "data"
        )
        raise CascadeError(
            f"{folder} holds a training with {shown or 'other data'}; name another --work folder or remove it"
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / _NOTE, json.dumps(provenance, indent=1) + "\n")


def _noted(folder: Path) -> dict[str, str] | None:
    """What the note in a folder says, None where there is none; raises CascadeError for one that was written by half:
    it does not tell what the checkpoints are.
    """
    note = next((folder / name for name in (_NOTE, _OLD_NOTE) if (folder / name).is_file()), None)
    if note is None:
        return None
    try:
        noted: dict[str, str] = json.loads(note.read_text(encoding="utf-8"))
        if "data" in noted:
            noted["data"] = json.dumps(with_new_names(json.loads(noted["data"])), sort_keys=True)
    except ValueError as error:
        remedy = f"name another --work folder or remove {note.parent}"
        raise CascadeError(f"{note}: is no note of a training: {error}; {remedy}") from error
    return with_new_names(noted)


def with_new_names(provenance: Mapping[str, str]) -> dict[str, str]:
    """A provenance with the options that version 0.1 called otherwise called as they are now."""
    return {_OLD_NAMES.get(name, name): value for name, value in provenance.items()}


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
