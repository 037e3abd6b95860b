"""Records what prepared data and trainings were made from, so that a later run continues only what fits its options.

Files may change under the same name, so their content counts too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import file_digest, sha256
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
# Options of a training beside those of its data. The number of steps is none of them: asking for more continues the
# training.
_OF_TRAINING = ("batch", "learning_rate", "recipe_values")
_ROWS = "2"  # the form of prepared rows; since 2 the classifier's hold queries
_OF_ONE_DOCUMENT = (".txt", ".ann", ".a1", ".a2")  # brat's
_NOTE = "provenance.json"
# the names of the file and of options in version 0.1
_OLD_NOTE = "made-for.json"
_OLD_NAMES = {"without": "without_corpora", "recipe": "recipe_values"}


def data_provenance(options: TrainingOptions, root: Adapter | None) -> dict[str, str]:
    """What prepared data depend on: options, and the content of the files that they name.

    root: the adapter that the new one is to build on.
    """
    texts = options.as_texts()
    provenance = {name: texts[name] for name in _OF_DATA}
    if options.without_types:  # tells the data from older ones, in which only the marks of the types were left out
        provenance["without_types"] += ", nor texts with them"
    if options.dev is None and not is_mixture(options.data):  # before, they were held out by their places
        provenance["held_out"] = "by their texts"
    if options.depth > 1:  # data of flat entities are those of versions without the option
        provenance["depth"] = str(options.depth)
    if options.fixed_types:
        provenance["fixed_types"] = str(options.fixed_types)
    provenance["builds_on"] = root.checksum() if root is not None else ""
    provenance["rows"] = _ROWS
    for name, file in (("data", options.data), ("dev", options.dev), ("taxonomy", options.taxonomy)):
        provenance[f"{name}_content"] = _content(file, options.data_root) if file is not None else ""
    return provenance


def training_provenance(
    options: TrainingOptions, of_data: Mapping[str, str], start_from: str, reads: str = ""
) -> dict[str, str]:
    """What a stage's checkpoints depend on: options, the prepared data, and the adapter that is trained further.

    of_data: the result of `data_provenance`. start_from: the checksum of that adapter, or "" if there is none. reads:
    of the extractor that reads the classifier's texts.
    """
    texts = options.as_texts() | {"recipe_values": " ".join(sorted(options.recipe_values))}
    provenance = {name: texts[name] for name in _OF_TRAINING}
    return provenance | {"start_from": start_from, "reads": reads, "data": json.dumps(of_data, sort_keys=True)}


def check_training(folder: Path, provenance: Mapping[str, str]) -> None:
    """Records what the checkpoints in `folder` are made from; raises CascadeError if existing ones differ in it."""
    before = _noted(folder)
    # older notes lack some names; those count as empty
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
    """The content of the note in a folder, or None without a note.

    Raises CascadeError for a note that is only half written, because it does not tell what the checkpoints are.
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
    """A provenance in which options that were renamed since version 0.1 have their new names."""
    return {_OLD_NAMES.get(name, name): value for name, value in provenance.items()}


def _content(file: Path, root: Path | None) -> str:
    """A digest of a data file's content; for a mixture, of the file, of those that it extends and of all it names."""
    if not is_mixture(file) or not file.is_file():
        return digest(file)
    mixture = read_mixture(file)
    named = [
        file,
        *mixture.extended,
        *((root or file.parent) / name for entry in mixture.entries for name in _files_of(entry)),
    ]
    return " ".join(digest(each)[:16] for each in dict.fromkeys(named))


def _files_of(entry: Mapping[str, Any]) -> list[str]:
    """The files that an entry of a mixture names: to train on, to choose checkpoints by, and to leave out."""
    return [entry[key] for key in ("path", "dev") if key in entry] + list(entry.get("not_in", ()))


def digest(file: Path) -> str:
    """The SHA-256 in hexadecimal of a file, of a folder's names and contents, or of the files that stand for one
    document, such as brat's; "" for what is missing, which its reader will report.
    """
    if file.is_dir():
        files = sorted(each for each in file.rglob("*") if each.is_file())
    else:
        files = [each for each in map(file.with_suffix, _OF_ONE_DOCUMENT) if each.is_file()]
        files = files if file in files else [file]
    if files == [file]:
        return _of_content(file)
    parts = (f"{each.relative_to(file.parent)} {_of_content(each)}\n" for each in files)
    return sha256("".join(parts).encode()).hexdigest()


def _of_content(file: Path) -> str:
    if not file.is_file():
        return ""
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()
