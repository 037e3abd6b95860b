"""The JSON Schemas of results and of adapters' cards: what is written follows them, what is wrong does not."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from documents import blocks
from project_tree import ROOT
from random_documents import random_documents

import data_formats
from cascade.adapters.card import CARD, Card
from cascade.document import Document, Entity

jsonschema = pytest.importorskip("jsonschema")
DOCUMENT = ROOT / "cascade" / "document" / "document-1.schema.json"
CARDS = ROOT / "cascade" / "adapters" / "card-1.schema.json"


def validator(file: Path) -> Any:
    schema = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def faults(file: Path, value: object) -> list[str]:
    return [error.message for error in validator(file).iter_errors(value)]


WHOLE = Document(
    "1",
    "Ada 😀",
    "en",
    (Entity(0, 3, "person", 0.2, (("person", 0.2), ("place", 0.1)), unsure=True), Entity(4, 5, "x")),
    ((0, 3), (4, 5)),
    ("multilingual/extractor",),
    {"price": 3},
)


def test_documents_are_written_by_the_schema(tmp_path: Path) -> None:
    data_formats.write([WHOLE, *random_documents(7)], tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    assert len(lines) > 1
    assert [each for line in lines for each in faults(DOCUMENT, json.loads(line))] == []


def test_the_result_that_the_readme_shows_follows_the_schema() -> None:
    shown = [each.text for each in blocks((ROOT / "README.md").read_text(encoding="utf-8")) if each.language == "json"]
    assert [each for text in shown for each in faults(DOCUMENT, json.loads(text))] == []
    assert shown


@pytest.mark.parametrize(
    "change",
    [
        {"text": None},
        {"language": 3},
        {"labels": []},
        {"entities": [{"start": 0, "end": 3, "text": "Ada", "type": "person"}]},
        {"entities": [{"start": -1, "end": 3, "text": "Ada", "type": "person", "score": 0.5}]},
        {"entities": [{"start": 0, "end": 3, "text": "Ada", "type": " ", "score": 0.5}]},
        {"entities": [{"start": 0, "end": 3, "text": "Ada", "type": "person", "score": 1.5}]},
        {"tokens": [[0, 3, 4]]},
    ],
    ids=str,
)
def test_what_is_no_document_does_not_follow_the_schema(change: dict[str, Any]) -> None:
    assert len(faults(DOCUMENT, {**WHOLE.to_dict(), **change})) >= 1


def test_all_shipped_cards_follow_the_schema() -> None:
    cards = sorted((ROOT / "adapters").rglob(CARD))
    assert len(cards) > 10
    assert [each for card in cards for each in faults(CARDS, json.loads(card.read_text(encoding="utf-8")))] == []


def test_the_schema_of_cards_has_the_fields_of_cards() -> None:
    schema = json.loads(CARDS.read_text(encoding="utf-8"))
    assert sorted(schema["properties"]) == sorted(each.name for each in fields(Card))


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "reader"},
        {"temperature": 0},
        {"builds_on": "abc"},
        {"types": [3]},
        {"more": 1},
        {"asked_alone": {"scale": 1}},
        {"asked_alone": {"scale": 0, "shift": 0}},
    ],
    ids=str,
)
def test_what_is_no_card_does_not_follow_the_schema(change: dict[str, Any]) -> None:
    card = json.loads((ROOT / "adapters" / "de" / "extractor" / CARD).read_text(encoding="utf-8"))
    assert len(faults(CARDS, {**card, **change})) == 1
