"""What has to be the same where a job goes on: options, types, inputs, adapters, base model and versions, by name."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade.commands.infer_options import CALL_OPTIONS
from cascade.errors import AdapterError
from cascade.pipeline.golden_scores import circumstances
from cascade.pipeline.loading import named_retriever
from cascade.taxonomy.tree import EntityType, Taxonomy
from data_formats.jobs.input_marks import input_marks

if TYPE_CHECKING:
    from cascade.pipeline.facade import Cascade

_OPTIONS = (
    *("language", "base", "pair", "paragraphs", "input_format", "text_column", "id_column", "language_column"),
    *("whole_files", *CALL_OPTIONS, "device", "precision", "exact", "batch_tokens"),
)
_MIXED = ("processor",)  # may differ between parts of a job that is not exact


def asked_marks(
    asked: argparse.Namespace, files: Mapping[str, Any], taxonomy: Taxonomy | None, **values: object
) -> dict[str, Any]:
    """What is asked for, as far as it is known before a model is loaded.

    files: marks of the files that are read. values: what was derived from options.
    """
    options = {f"--{name.replace('_', '-')}": getattr(asked, name) for name in _OPTIONS}
    options["--depth"] = asked.depth if asked.depth > 1 else None  # jobs of earlier versions know no such option
    marks = {"types": _types(taxonomy), **options}
    marks |= {f"--{name.replace('_', '-')}": value for name, value in values.items()}
    return {**json_form(marks), **files}


def file_marks(
    asked: argparse.Namespace, paths: Sequence[str], marks_of: Callable[[Sequence[str]], dict[str, str]] = input_marks
) -> dict[str, Any]:
    """Marks of the files that are read: inputs, demonstrations and adapters. marks_of: makes those of inputs."""
    shown = [] if asked.demonstrations is None else [asked.demonstrations]
    return {
        **{f"input {path}": mark for path, mark in marks_of(paths).items()},
        **{f"--demonstrations {path}": mark for path, mark in input_marks(shown).items()},
        **adapter_marks(asked),
    }


def adapter_marks(asked: argparse.Namespace) -> dict[str, str]:
    """Checksums of the adapters that are chosen from, as this machine has them."""
    shelf = named_retriever(asked.adapters, asked.pair).shelf
    return {f"adapter {each.name}": _checksum(each.folder) for each in shelf.adapters}


def loaded_marks(cascade: Cascade, *, exact: bool) -> dict[str, Any]:
    """What is known once the models are loaded: the base model, the arithmetic, and the versions below it."""
    known = {name: value for name, value in circumstances(cascade).items() if exact or name not in _MIXED}
    return {"base model": cascade.base.fingerprint, "device": cascade.base.device.type, **known}


def json_form(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as a file of JSON gives them back, without those that are not set."""
    form: dict[str, Any] = json.loads(json.dumps(dict(values), default=str))
    return {name: value for name, value in form.items() if value is not None and value is not False}


def _types(taxonomy: Taxonomy | None) -> str | None:
    if taxonomy is None:
        return None
    trees = [_tree(each) for each in taxonomy.roots]
    if any(each["children"] or each["description"] or "asked_as" in each for each in trees):
        return json.dumps(trees, ensure_ascii=False)
    return ",".join(each["name"] for each in trees)


def _tree(node: EntityType) -> dict[str, Any]:
    """The node as earlier marks have it: what it is asked for as only where this is said."""
    tree = {"name": node.name, "description": node.description, "children": list(map(_tree, node.children))}
    return tree if node.asked_as is None else {**tree, "asked_as": node.asked_as}


def _checksum(folder: Path) -> str:
    """A checksum of an adapter: of its card, its settings and its weights, without its logs."""
    digest = sha256()
    try:
        for file in sorted([*folder.glob("*.json"), *folder.glob("*.safetensors")]):
            digest.update(f"{file.name} ".encode() + file.read_bytes())
    except OSError as error:
        raise AdapterError(f"{error.filename}: cannot be read: {error.strerror}. Copy the adapter again") from error
    return digest.hexdigest()[:16]
