"""Entities as spans of token indices (W2NER, SpERT, ACE 2005, OneIE), and Dataturks' points."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.losses import DISCONTINUOUS, RELATIONS, UNLABELLED, WITHOUT_ANNOTATION
from data_formats.annotation_tools.token_spans import OTHER_WORDS
from data_formats.registry import opened
from data_formats.report import EMPTY_TOKENS, Report

WORDS = ["Ada", "B.", "slept", "."]
W2NER = {"sentence": WORDS, "ner": [{"index": [0, 1], "type": "PER"}]}
SPERT = {"tokens": WORDS, "entities": [{"start": 0, "end": 2, "type": "PER"}], "relations": []}
ACE = {"words": WORDS, "golden-entity-mentions": [{"start": 0, "end": 2, "entity-type": "PER", "text": "Ada B."}]}
ONEIE = {"tokens": WORDS, "entity_mentions": [{"start": 0, "end": 2, "entity_type": "PER", "text": "Ada B."}]}


def read(file: Path, *rows: Any, **options: Any) -> tuple[list[Document], Report]:
    lines = "\n".join(map(json.dumps, rows))
    file.write_text(json.dumps(rows) if file.suffix == ".json" else lines, encoding="utf-8")
    report = Report()
    return list(data_formats.read(file, report=report, **options)), report


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize("row", [W2NER, SPERT, ACE, ONEIE])
def test_spans_of_tokens_are_entities(tmp_path: Path, name: str, row: dict[str, Any]) -> None:
    [document], report = read(tmp_path / name, row)
    assert (document.text, document.entities) == ("Ada B. slept .", (Entity(0, 6, "PER"),))
    assert document.tokens == ((0, 3), (4, 6), (7, 12), (13, 14))
    assert report.lines() == []
    assert opened(tmp_path / name).format.name == "token-spans"


def test_the_sentence_of_the_file_is_the_text(tmp_path: Path) -> None:
    found, _ = read(tmp_path / "a.jsonl", {**ACE, "sentence": "Ada B. slept."}, {**ACE, "sentence": "Ada B. slept."})
    assert [(each.id, each.text, each.entities[0].span) for each in found] == [
        ("line-1", "Ada B. slept.", (0, 6)),
        ("line-2", "Ada B. slept.", (0, 6)),
    ]
    [document], _ = read(tmp_path / "a.jsonl", {**ONEIE, "sentence": "Ada B. slept.", "sent_id": "s"})
    assert (document.id, document.text) == ("s", "Ada B. slept.")


def test_tokens_are_joined_as_in_columns(tmp_path: Path) -> None:
    row = {"sentence": ["北", "京"], "ner": [{"index": [0, 1], "type": "LOC"}]}
    assert read(tmp_path / "a.json", row)[0][0].text == "北京"
    assert read(tmp_path / "a.json", row, join="space")[0][0].text == "北 京"


def test_what_is_not_carried_is_counted(tmp_path: Path) -> None:
    row = {"sentence": ["a", "", "b"], "ner": [{"index": [0, 2], "type": "X"}, {"index": [2], "type": "Y"}]}
    [document], report = read(tmp_path / "a.json", row)
    assert [document.text_of(entity) for entity in document.entities] == ["b"]
    assert report.losses == {DISCONTINUOUS: 1, EMPTY_TOKENS: 1}
    _, report = read(tmp_path / "a.json", {**SPERT, "relations": [{"type": "r"}], "orig_id": 3})
    assert report.losses == {RELATIONS: 1, "unknown key 'orig_id' of documents": 1}
    other = {**ACE, "golden-entity-mentions": [{"start": 0, "end": 1, "entity-type": "PER", "text": "Adas"}]}
    _, report = read(tmp_path / "a.json", other)
    assert report.losses == {OTHER_WORDS: 1}


@pytest.mark.parametrize(
    ("mention", "message"),
    [
        (
            {"start": 0, "end": 5, "entity_type": "X"},
            "the entity {'start': 0, 'end': 5, 'entity_type': 'X'} is not within the 4 tokens; expected indices from "
            "0, the end not included",
        ),
        (
            {"start": 0, "end": 1, "entity_type": "X", "text": "Ada B."},
            "the entity of the tokens 0 to 0 says 'Ada B.', which are the tokens 0 to 1; expected an end that is not "
            "included",
        ),
        ({"start": 0, "end": "1", "entity_type": "X"}, "an entity's 'end' is '1'; expected an integer"),
        (
            {"start": 0, "end": 1},
            "an entity has no 'entity_type', only 'end', 'start'; expected its type under 'entity_type'",
        ),
    ],
)
def test_faults_are_told(tmp_path: Path, mention: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path / "a.jsonl", {"tokens": WORDS, "entity_mentions": [mention]})
    assert str(caught.value) == f"{tmp_path}/a.jsonl:1: {message}"


def test_texts_are_read_alone(tmp_path: Path) -> None:
    read(tmp_path / "a.json", SPERT)
    assert [(each.text, each.entities) for each in data_formats.read_texts(tmp_path / "a.json")] == [
        ("Ada B. slept .", ())
    ]


def turks(label: Any, *points: dict[str, Any], content: str = "Ada slept") -> dict[str, Any]:
    return {"content": content, "annotation": [{"label": label, "points": list(points)}]}


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_ends_of_dataturks_are_included(tmp_path: Path, name: str) -> None:
    found, report = read(tmp_path / name, turks(["PER", "X"], {"start": 0, "end": 2, "text": "Ada"}))
    assert [(each.text, each.entities) for each in found] == [("Ada slept", (Entity(0, 3, "PER"), Entity(0, 3, "X")))]
    assert report.lines() == []
    assert opened(tmp_path / name).format.name == "dataturks"


def test_what_dataturks_has_beside_is_counted(tmp_path: Path) -> None:
    point = {"start": 0, "end": 2, "text": "Ada"}
    rows = [turks("PER", point), {"content": "x", "annotation": None, "extras": None}, turks([], point)]
    found, report = read(tmp_path / "a.jsonl", *rows, turks("X", point, {"start": 4, "end": 8}))
    assert [len(each.entities) for each in found] == [1, 0, 0]
    assert report.losses == {
        WITHOUT_ANNOTATION: 1,
        UNLABELLED: 1,
        DISCONTINUOUS: 1,
        "unknown key 'extras' of documents": 1,
    }


def test_other_words_in_dataturks_are_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path / "a.jsonl", turks("PER", {"start": 0, "end": 3, "text": "Ada"}, content="Adam"))
    assert str(caught.value) == (
        f"{tmp_path}/a.jsonl:1: the point 0..3 says 'Ada', the text there is 'Adam'; expected the same, with the end "
        "included as Dataturks counts it"
    )
