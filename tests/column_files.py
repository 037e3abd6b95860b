"""A column file that tests write and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import data_formats


def read_back(folder: Path, content: str, *, name: str, **options: Any) -> tuple[list[Any], dict[str, int]]:
    """Each text with its entities as (words, type), and what was counted; options: those of `data_formats.read`."""
    (folder / name).write_text(content, encoding="utf-8")
    report = data_formats.Report()
    documents = list(data_formats.read(folder / name, report=report, **options))
    entities = [(d.text, [(d.text_of(entity), entity.type) for entity in d.entities]) for d in documents]
    return entities, dict(report.losses)
