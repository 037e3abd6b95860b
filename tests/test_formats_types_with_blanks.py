"""Blanks around and within names of types, which nobody sees, make no other types."""

from __future__ import annotations

from pathlib import Path

import pytest

import data_formats
from cascade.commands import evaluate
from cascade.document import Document, Entity
from data_formats.report import BLANKS_IN_TYPES, REPEATED_ENTITIES, Report

ODD = ["person ", " person", "per  son", "per\u00a0son", "person"]
ROWS = "".join(
    f'{{"id": "{place}", "text": "Ada", "entities": [{{"start": 0, "end": 3, "type": "{name}"}}]}}\n'
    for place, name in enumerate(ODD)
)


def test_types_are_read_with_one_blank_between_words_and_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(ROWS)
    report = Report()
    read = list(data_formats.read(tmp_path / "a.jsonl", report=report))
    assert [document.entities[0].type for document in read] == ["person", "person", "per son", "per son", "person"]
    assert report.losses == {BLANKS_IN_TYPES: 4}
    assert report.first[BLANKS_IN_TYPES] == "0: 'person '"


def test_entities_that_differ_in_blanks_alone_are_one(tmp_path: Path) -> None:
    document = Document("a", "Ada", None, (Entity(0, 3, "person"), Entity(0, 3, "person "), Entity(0, 3, "place")))
    data_formats.write([document], tmp_path / "a.jsonl")
    report = Report()
    [read] = data_formats.read(tmp_path / "a.jsonl", report=report)
    assert [entity.type for entity in read.entities] == ["person", "place"]
    assert report.losses == {BLANKS_IN_TYPES: 1, REPEATED_ENTITIES: 1}


def test_other_likely_types_are_tidy_too_and_names_of_adapters_stay(tmp_path: Path) -> None:
    unsure = Entity(0, 3, "person", 0.6, (("person", 0.6), ("place  name", 0.3)))
    data_formats.write([Document("a", "Ada", None, (unsure,), adapters=("en", "any"))], tmp_path / "a.jsonl")
    report = Report()
    [read] = data_formats.read(tmp_path / "a.jsonl", report=report)
    assert read.entities[0].alternatives == (("person", 0.6), ("place name", 0.3))
    assert read.adapters == ("en", "any")
    assert report.losses == {BLANKS_IN_TYPES: 1}
    assert report.first[BLANKS_IN_TYPES] == "a: 'place  name'"


def test_they_do_not_change_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tidy = ROWS.replace("per  son", "person").replace("per\u00a0son", "person")
    (tmp_path / "gold.jsonl").write_text(tidy)
    (tmp_path / "found.jsonl").write_text(tidy.replace(" ", "").replace('"person"', '"person "'))
    assert evaluate.main([str(tmp_path / "gold.jsonl"), str(tmp_path / "found.jsonl"), "--resamples", "0"]) == 0
    printed = capsys.readouterr()
    assert "100.0   100.0  100.0" in printed.out
    assert "types with blanks around them" in printed.err
