"""Dev documents with the types to ask for, in the form of prepared data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cascade.document import Document
from data_formats.json_lines import from_object, to_object

BATCH_TOKENS = 2048  # tokens of a batch for scoring dev documents

Item = tuple[Document, Sequence[str]]


def to_line(stage: str, document: Document, types: Sequence[str], *, depth: int = 1) -> str:
    """An item as the value of a data set's column; depth: the layers of spans that the extractor learns."""
    row = {"stage": stage, "depth": depth, "types": list(types), "document": to_object(document)}
    return json.dumps(row, ensure_ascii=False)


def from_line(value: str) -> Item:
    """The item from the value of a column."""
    row: dict[str, Any] = json.loads(value)
    return from_object(row["document"], "dev"), row["types"]


def prepared_items(file: Path) -> list[Item]:
    """The items of a `dev.jsonl` file of prepared data."""
    with file.open(encoding="utf-8") as lines:
        return [from_line(json.loads(line)["document"]) for line in lines]


def by_types(items: Iterable[Item]) -> Iterator[tuple[list[str], list[Document]]]:
    """The documents grouped by the types to ask for."""
    groups: dict[tuple[str, ...], list[Document]] = {}
    for document, types in items:
        groups.setdefault(tuple(types), []).append(document)
    for names, documents in groups.items():
        yield list(names), documents
