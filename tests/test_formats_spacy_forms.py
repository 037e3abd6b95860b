"""Texts with lists of entities as spaCy trains on them, in the forms that other programs give them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.document import Document, Entity
from data_formats.annotation_tools.losses import WITHOUT_ANNOTATION
from data_formats.registry import opened
from data_formats.report import Report

ENTITIES = {"entities": [[0, 3, "PER"]]}
ADA = Document("document-1", "Ada", None, (Entity(0, 3, "PER"),))


def read(file: Path, *rows: Any) -> tuple[list[Document], Report]:
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    report = Report()
    assert opened(file).format.name == "spacy-json"
    return list(data_formats.read(file, report=report)), report


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize("value", [["Ada", ENTITIES], [["Ada", ENTITIES]], {"text": "Ada", **ENTITIES}])
def test_lists_of_entities_are_known(tmp_path: Path, name: str, value: Any) -> None:
    found, report = read(tmp_path / name, value)
    assert (found, report.lines()) == ([ADA], [])


@pytest.mark.parametrize("value", [["Ada", {"cats": {}, **ENTITIES}], [["Ada", {"cats": {}, **ENTITIES}]]])
def test_other_keys_may_stand_before_the_entities_and_are_counted(tmp_path: Path, value: Any) -> None:
    found, report = read(tmp_path / "a.json", value)
    assert (found, report.losses) == ([ADA], {"unknown key 'cats' of documents": 1})


def test_ids_that_are_numbers_are_kept(tmp_path: Path) -> None:
    found, _ = read(tmp_path / "a.jsonl", {"id": 7, "text": "Ada", **ENTITIES}, {"id": 8, "text": "x", "entities": []})
    assert [each.id for each in found] == ["7", "8"]


def test_the_list_of_the_ner_annotator_is_unwrapped(tmp_path: Path) -> None:
    rows = [["Ada", ENTITIES], None, ["x", {"entities": []}]]
    found, report = read(tmp_path / "a.json", {"classes": ["PER"], "annotations": rows})
    assert found == [ADA, Document("document-3", "x")]
    assert report.losses == {WITHOUT_ANNOTATION: 1}
