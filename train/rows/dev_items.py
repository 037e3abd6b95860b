"""Dev documents with the types to ask for, as prepared data holds them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cascade.document import Document
from data_formats.json_lines import from_object, to_object

BATCH_TOKENS = 2048  # of a batch when dev documents are scored

Item = tuple[Document, Sequence[str]]


def to_line(stage: str, document: Document, types: Sequence[str]) -> str:
    """An item as the value of a data set's column."""
    return json.dumps({"stage": stage, "types": list(types), "document": to_object(document)}, ensure_ascii=False)


def from_line(value: str) -> Item:
    """The item of a column's value."""
    row: dict[str, Any] = json.loads(value)
    return from_object(row["document"], "dev"), row["types"]


def prepared_items(file: Path) -> list[Item]:
    """The items of prepared data, `dev.jsonl`."""
    with file.open(encoding="utf-8") as lines:
        return [from_line(json.loads(line)["document"]) for line in lines]


def by_types(items: Iterable[Item]) -> Iterator[tuple[list[str], list[Document]]]:
    """The documents that are asked for the same types, together."""
    groups: dict[tuple[str, ...], list[Document]] = {}
    for document, types in items:
        groups.setdefault(tuple(types), []).append(document)
    for names, documents in groups.items():
        yield list(names), documents
