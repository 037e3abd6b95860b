"""Tables of mentions as shared tasks and services hand them out: the texts stand in files beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.spans_csv import OTHER_COLUMN, SHARED_TEXTS
from data_formats.registry import opened
from data_formats.report import Report

TEXT = "Ada in\nRome"
ADA, ROME = Entity(0, 3, "PER"), Entity(7, 11, "LOC")


def read(file: Path, *rows: str, **options: Any) -> tuple[list[Document], Report]:
    file.write_text(
        "".join(row.replace(" ", "\t") + "\n" for row in rows) if file.suffix == ".tsv" else "\n".join(rows)
    )
    report = Report()
    return list(data_formats.read(file, report=report, **options)), report


@pytest.mark.parametrize(
    "rows",
    [
        ("filename label start_span end_span text", "d LOC 7 11 Rome", "d PER 0 3 Ada"),
        ("name tag start_span end_span text note", "d LOC 7 11 Rome ", "d PER 0 3 Ada "),
        ("filename label span_ini span_end text", "d LOC 7 11 Rome", "d PER 0 3 Ada"),
        ("filename label off0 off1 span", "d LOC 7 11 Rome", "d PER 0 3 Ada"),
        ("filename start end label text", "d.txt 7 11 LOC Rome", "d.txt 0 3 PER Ada"),
    ],
)
@pytest.mark.parametrize("folder", [".", "txt", "text", "text_files", "../txt"])
def test_the_text_column_of_a_shared_task_has_the_words(tmp_path: Path, folder: str, rows: tuple[str, ...]) -> None:
    place = tmp_path / "tsv" / folder
    (tmp_path / "tsv").mkdir()
    place.mkdir(exist_ok=True)
    (place / "d.txt").write_text(TEXT)
    [document], report = read(tmp_path / "tsv" / "a.tsv", *rows)
    assert (document.text, set(document.entities), report.lines()) == (TEXT, {ADA, ROME}, [])
    assert opened(tmp_path / "tsv" / "a.tsv").format.name == "spans-csv"


def test_marks_are_counted_and_a_mention_may_go_over_lines(tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text(TEXT)
    (tmp_path / "a.tsv").write_text("filename\tmark\tlabel\toff0\toff1\tspan\nd\tT1\tX\t4\t11\tin Rome\n")
    report = Report()
    [document] = data_formats.read(tmp_path / "a.tsv", report=report)
    assert document.entities == (Entity(4, 11, "X"),)
    assert report.losses == {OTHER_COLUMN.format(column="'mark'"): 1}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path / "a.tsv", "filename label start_span end_span text", "d LOC 7 11 Rome")
    assert str(caught.value) == (
        f"{tmp_path}/a.tsv:2: the column text has the words of the entities, and there is no file 'd' or 'd.txt' "
        "beside the CSV, or in a folder txt, text, texts, text_files, documents there; expected the text of each "
        "document in a file"
    )


def test_words_that_are_not_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text(TEXT)
    with pytest.raises(FormatError) as caught:
        read(tmp_path / "a.tsv", "filename label start_span end_span text", "d LOC 6 10 Rome")
    assert str(caught.value) == (
        f"{tmp_path}/a.tsv:2: the span 'Rome' is said to be at 6..10, the text there is '\\nRom'; expected the same"
    )


def test_an_entity_that_is_a_whole_text_stays_one(tmp_path: Path) -> None:
    for header in ("filename,start,end,label,text", "document,start,end,label,text"):
        assert read(tmp_path / "a.csv", header, "d,0,3,PER,Ada")[0] == [Document("d", "Ada", None, (ADA,))]
    (tmp_path / "d.txt").write_text(TEXT)
    assert read(tmp_path / "a.csv", "filename,start,end,label,text", "d,0,3,PER,Ada")[0] == [
        Document("d", TEXT, None, (ADA,))
    ]


def test_a_header_with_starts_and_ends_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="has no column type; expected document, text, start, end, type, span, score"):
        read(tmp_path / "a.tsv", "filename start_span end_span text", "d 7 11 Rome")


def test_offsets_of_amazon_comprehend_are_those_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_bytes(b"Ada slept.\r\n\r\nBob met Ada.\r\nNobody.\r\n")
    rows = ("File,Line,Begin Offset,End Offset,Type", "d.txt,0,0,3,PER", "d.txt,2,0,3,PER", "d.txt,2,8,11,PER")
    assert read(tmp_path / "a.csv", *rows)[0] == [
        Document("d.txt:0", "Ada slept.", None, (ADA,)),
        Document("d.txt:2", "Bob met Ada.", None, (ADA, Entity(8, 11, "PER"))),
        Document("d.txt:3", "Nobody."),
    ]
    assert [each.entities for each in data_formats.read_texts(tmp_path / "a.csv")] == [(), (), ()]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x.txt,0,0,3,PER", "there is no file 'x.txt' beside the CSV; expected the one that it is about"),
        ("d.txt,1,0,3,PER", "'d.txt' has no line 1; expected one below 1"),
        ("d.txt,a,0,3,PER", "the line is 'a'; expected its number, from 0"),
        (
            "d.txt,0,0,4,PER",
            "the entity 0..4 is not in the text of 3 characters; expected 0 <= start < end <= 3",
        ),
    ],
)
def test_faults_in_files_of_amazon_comprehend_are_told(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "d.txt").write_text("Ada")
    with pytest.raises(FormatError) as caught:
        read(tmp_path / "a.csv", "File,Line,Begin Offset,End Offset,Type", row)
    assert str(caught.value) == f"{tmp_path}/a.csv:2: {message}"


def test_a_text_under_many_ids_is_told(tmp_path: Path) -> None:
    found, report = read(tmp_path / "a.csv", "id,text,start,end,label", "1,Ada Bob,0,3,PER", "2,Ada Bob,4,7,PER")
    assert (len(found), report.losses) == (2, {SHARED_TEXTS: 1})
