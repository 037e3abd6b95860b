"""Columns of tables that look like annotation: lists of spans are entities, and others are told."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.commands.evaluate import main
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.report import Report
from data_formats.tables.annotation_columns import NOT_READ, UNLABELLED

ADA = (Entity(0, 3, "PER"),)


def read(file: Path, rows: list[dict[str, Any]], **options: Any) -> tuple[list[Document], Report]:
    if file.suffix == ".parquet":
        pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    elif file.suffix == ".jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        with file.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), delimiter="\t" if file.suffix == ".tsv" else ",")
            writer.writeheader()
            writer.writerows(rows)
    report = Report()
    return list(data_formats.read(file, report=report, **options)), report


@pytest.mark.parametrize(
    "cell",
    [
        '[{"start": 0, "end": 3, "label": "PER"}]',
        "[{'start': 0, 'end': 3, 'label': 'PER', 'text': 'Ada'}]",
        '[{"start":0,"end":3,"text":"Ada","labels":["PER"]}]',
        '[{"start_offset": 0, "end_offset": 3, "type": "PER"}]',
        "[(0, 3, 'PER')]",
        "{'entities': [(0, 3, 'PER')]}",
    ],
)
@pytest.mark.parametrize("column", ["entities", "label", "Annotations"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_lists_of_spans_are_entities(tmp_path: Path, name: str, column: str, cell: str) -> None:
    found, report = read(tmp_path / name, [{"text": "Ada slept", column: cell, "n": "1"}, {"text": "x", column: "[]"}])
    assert [(each.entities, each.fields) for each in found] == [(ADA, {"n": "1"}), ((), {"n": ""})]
    assert report.lines() == []


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_lists_in_json_and_parquet_are_entities(tmp_path: Path, name: str) -> None:
    rows: list[dict[str, Any]] = [
        {"body": "Ada", "entities": [{"start": 0, "end": 3, "label": "PER"}]},
        {"body": "x", "entities": []},
    ]
    found, report = read(tmp_path / name, rows, text_column="body")
    assert ([each.entities for each in found], report.lines()) == ([ADA, ()], [])


@pytest.mark.parametrize(
    ("column", "cell"),
    [("labels", "B-PER O"), ("label", "sports"), ("entities", "['Ada' 'Bob']"), ("ner_tags", "[1, 0]")],
)
def test_other_columns_that_look_like_annotation_are_told_and_kept(tmp_path: Path, column: str, cell: str) -> None:
    [document], report = read(tmp_path / "a.csv", [{"text": "Ada slept", column: cell}])
    assert (document.entities, document.fields) == ((), {column: cell})
    assert report.losses == {NOT_READ.format(column=repr(column)): 1}


def test_texts_alone_have_no_such_note(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nAda,x\n")
    report = Report()
    assert [each.fields for each in data_formats.read_texts(tmp_path / "a.csv", report=report)] == [{"label": "x"}]
    assert report.lines() == []


def test_one_column_is_read_and_others_are_told(tmp_path: Path) -> None:
    spans = [{"start": 0, "end": 3, "label": "PER", "sure": True}, {"start": 0, "end": 3, "labels": []}]
    row = {"text": "Ada", "entities": json.dumps(spans), "spans": json.dumps(spans)}
    [document], report = read(tmp_path / "a.csv", [row])
    assert document.entities == ADA
    assert report.losses == {
        "unknown key 'sure' of spans": 1,
        UNLABELLED: 1,
        NOT_READ.format(column="'spans'"): 1,
    }


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            '[{"start": 0, "end": 4, "label": "X"}]',
            "0..4 is no span of the text of 3 characters; expected 0 <= start < end <= 3",
        ),
        (
            '[{"start": 0, "end": 2, "label": "X", "text": "Ada"}]',
            "the entity at 0..2 says 'Ada', the text there is 'Ad'; expected the same (the end seems to be included; "
            "ours is not)",
        ),
        ('[{"start": 0, "end": 3, "label": " "}]', "entity type ' ' at 0..3 is empty; expected a type name"),
        (
            "PER",
            "the column 'entities' has 'PER'; expected a list of spans with start, end and label, as in the rows above",
        ),
    ],
)
def test_faults_in_cells_are_told(tmp_path: Path, cell: str, message: str) -> None:
    good = '[{"start": 0, "end": 3, "label": "PER"}]'
    with pytest.raises(FormatError) as caught:
        read(tmp_path / "a.csv", [{"text": "Ada", "entities": good}, {"text": "Ada", "entities": cell}])
    assert str(caught.value) == f"{tmp_path}/a.csv:3: {message}"


@pytest.mark.parametrize(("name", "format_"), [("a.csv", "table"), ("a.txt", "text")])
def test_texts_are_no_gold(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, format_: str) -> None:
    gold = tmp_path / name
    gold.write_text("text,labels\nAda,PER\n" if name == "a.csv" else "Ada\n")
    (tmp_path / "p.jsonl").write_text('{"id": "line-2", "text": "Ada", "entities": []}\n')
    assert main([str(gold), str(tmp_path / "p.jsonl")]) != 0
    assert (
        f"{gold}: no document has an entity, as the file was read as {format_}; expected gold entities to score "
        "against: name the format that holds them with --gold-format"
    ) in capsys.readouterr().err


def test_gold_that_says_it_has_no_entities_is_scored_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = tmp_path / "g.jsonl"
    gold.write_text('{"id": "1", "text": "Ada", "entities": []}\n')
    assert main([str(gold), str(gold)]) == 0
    told = f"warning: {gold}: no gold document has an entity, so every predicted entity counts as wrong\n"
    assert told in capsys.readouterr().err
