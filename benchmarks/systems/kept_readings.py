"""Reads test documents in parts that are kept, so that a reading that was cut off goes on with the next part."""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.systems.reading_systems import Reader
from cascade import CascadeError, Document, Entity
from cascade.whole_files import write_whole

PART = 50  # documents; a minute or two of the slowest system
_WARM_UP = 2  # documents that are read before time is taken


@dataclass(frozen=True, slots=True)
class Reading:
    """What a system found in all documents, in their order.

    rate: documents a second, the median of the parts, so that a pause of the machine does not count. answers, legal:
    how many answers were generated, and how many of them have the form that was asked for.
    """

    found: tuple[Document, ...]
    rate: float
    answers: int
    legal: int
    losses: dict[str, int]


def kept_reading(folder: Path, documents: Sequence[Document], reader: Callable[[], Reader]) -> Reading:
    """The reading in a folder, of which what is missing is read now.

    documents: without entities. reader: loads the system; it is called only if a part is missing.
    """
    parts = [documents[first : first + PART] for first in range(0, len(documents), PART)]
    files = [folder / f"part-{number:04}.json" for number in range(len(parts))]
    missing = [place for place, file in enumerate(files) if not file.is_file()]
    if missing:
        loaded = reader()
        list(loaded.stream(parts[missing[0]][:_WARM_UP]))
        for place in missing:
            write_whole(files[place], json.dumps(_read(loaded, parts[place])) + "\n")
    rows = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    found = [document for part, row in zip(parts, rows, strict=True) for document in _found(part, row)]
    losses: Counter[str] = Counter()
    for row in rows:
        losses.update(row["losses"])
    rates = [len(part) / row["seconds"] for part, row in zip(parts, rows, strict=True)]
    answers, legal = (sum(row[name] for row in rows) for name in ("answers", "legal"))
    return Reading(tuple(found), statistics.median(rates), answers, legal, dict(losses))


def _read(reader: Reader, part: Sequence[Document]) -> dict[str, Any]:
    losses = reader.losses
    losses.counts.clear()
    losses.answers = losses.legal = 0
    began = time.monotonic()
    found = list(reader.stream(part))
    seconds = time.monotonic() - began
    if [document.id for document in found] != [document.id for document in part]:
        raise CascadeError("a system returned other documents than it was given; expected them in their order")
    return {
        "seconds": seconds,
        "answers": losses.answers,
        "legal": losses.legal,
        "losses": dict(losses.counts),
        "entities": [
            [[each.start, each.end, each.type, each.score] for each in document.entities] for document in found
        ],
    }


def _values(entity: Entity) -> list[Any]:
    return [entity.start, entity.end, entity.type, entity.score]


def _found(part: Sequence[Document], row: dict[str, Any]) -> Iterator[Document]:
    for document, entities in zip(part, row["entities"], strict=True):
        yield document.with_entities(Entity(*values) for values in entities)
