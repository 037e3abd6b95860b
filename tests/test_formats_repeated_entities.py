"""Entities that a source states more than once: read once where its readers do so, and counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import data_formats
from data_formats.report import REPEATED_ENTITIES, Report

POINT = {"label": ["PER"], "points": [{"start": 0, "end": 2, "text": "Ada"}]}
SPAN = {"start": 0, "end": 3, "label": "PER"}
CELL = '"' + json.dumps([SPAN] * 3).replace('"', '""') + '"'
MENTION = {"index": [0], "type": "PER"}


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("dataturks.jsonl", json.dumps({"content": "Ada slept", "annotation": [POINT, POINT, POINT]}), {}),
        ("tokens.jsonl", json.dumps({"sentence": ["Ada", "slept"], "ner": [MENTION] * 3}), {}),
        ("table.csv", f"text,spans\nAda slept,{CELL}\n", {}),
        ("columns.conll", "Ada B-PER B-PER B-PER\nslept O O O\n", {"label_column": "all"}),
    ],
)
def test_repeats_are_read_once_and_counted(tmp_path: Path, name: str, content: str, options: dict[str, Any]) -> None:
    (tmp_path / name).write_text(content)
    report = Report()
    [document] = data_formats.read(tmp_path / name, report=report, **options)
    assert [(entity.start, entity.end, entity.type) for entity in document.entities] == [(0, 3, "PER")]
    assert report.losses == {REPEATED_ENTITIES: 2}


def test_repeats_in_documents_stay(tmp_path: Path) -> None:
    entity = {"start": 0, "end": 3, "type": "PER"}
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "text": "Ada slept", "entities": [entity, entity]}))
    report = Report()
    [document] = data_formats.read(tmp_path / "a.jsonl", report=report)
    assert len(document.entities) == 2
    assert report.lines() == []
