"""Files of prepared data: what SWIFT trains on, dev documents, texts for the centroid, and the task."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cascade.document import Document
from cascade.errors import CascadeError
from cascade.whole_files import write_whole
from train.provenance import with_new_names
from train.rows.bundle import TrainingRow, to_json
from train.rows.dev_items import to_line

SAMPLE = "texts.jsonl"
# Written after all other files, and removed before any of them is written again: if it exists, the data are complete.
TASK = "task.json"
FILES = ("train.jsonl", "dev.jsonl", SAMPLE, TASK)

Bundles = Sequence[Sequence[TrainingRow]]
Dev = Sequence[tuple[Document, list[str]]]


def counted(stage: str, made: Bundles, dev: Dev) -> dict[str, Any]:
    """The sizes of a stage's data, by name."""
    rows = [row for bundle in made for row in bundle]
    task: dict[str, Any] = {"stage": stage, "bundles": len(made), "rows": len(rows)}
    task |= {"tokens": sum(len(row.ids) for row in rows), "decisions": sum(len(row.answers) for row in rows)}
    labelled = sum(bool(document.entities) for document, _ in dev)
    return task | {"dev_documents": len(dev), "labelled_dev_documents": labelled}


def write_prepared(folder: Path, made: Bundles, dev: Dev, texts: Sequence[str], task: Mapping[str, Any]) -> None:
    """Writes the SWIFT data sets and the texts for the centroid, and then `task.json`, in one step.

    An interruption at any point leaves a folder without `task.json`, whose data are then prepared again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TASK).unlink(missing_ok=True)
    with (folder / "train.jsonl").open("w", encoding="utf-8") as out:
        for bundle in made:
            out.write(_line(bundle=to_json(bundle)))
    with (folder / "dev.jsonl").open("w", encoding="utf-8") as out:
        for document, types in dev:
            out.write(_line(document=to_line(task["stage"], document, types, depth=task.get("depth", 1))))
    (folder / SAMPLE).write_text("".join(f"{json.dumps(text)}\n" for text in texts), encoding="utf-8")
    write_whole(folder / TASK, json.dumps(task, indent=1, ensure_ascii=False) + "\n")


def prepared_before(folder: Path, wanted: Mapping[str, str]) -> dict[str, Any] | None:
    """The task of the data in `folder`; None if there are none, or if they are incomplete.

    wanted: the provenance that they should have (`train.provenance`). Raises CascadeError if complete data have
    another.
    """
    file = folder / TASK
    if not file.is_file() or not (folder / SAMPLE).is_file():  # version 0.1 wrote the texts after the task
        return None
    task: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    before = with_new_names(task.get("provenance", task.get("made_for", {})))  # made_for: in version 0.1
    if before != wanted:
        changed = ", ".join(name for name in {**before, **wanted} if before.get(name) != wanted.get(name))
        raise CascadeError(
            f"{folder} holds data prepared for something else ({changed}); name another --work folder or remove it"
        )
    return task


def notes_of(task: Mapping[str, Any]) -> list[str]:
    """Notes for the user about the data: faults in the annotation, and what could not be read of the files."""
    both = task.get("also_dev", 0)  # data of older versions do not tell
    also = (
        [f"{both:,} documents to train on have texts of dev documents, so that dev scores are too high"] if both else []
    )
    return [*annotation_faults_of(task), *(f"not read: {line}" for line in task.get("not_read", ())), *also]


def annotation_faults_of(task: Mapping[str, Any]) -> list[str]:
    """A line for each kind of annotation fault in the documents that the data were made from."""
    return list(task.get("annotation_faults", task.get("faults", ())))  # faults: in version 0.1


def _line(**columns: str) -> str:
    """One SWIFT row; its columns accompany a message that SWIFT requires and our template ignores."""
    return json.dumps({"messages": [{"role": "assistant", "content": "-"}], **columns}, ensure_ascii=False) + "\n"
