"""CSV with a token a row, and CSV with lists of tokens in its cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.document import Document
from cascade.errors import FormatError
from data_formats.registry import opened
from data_formats.report import ONE_SENTENCE, Report
from data_formats.tables.cell_lists import listed
from data_formats.tables.token_table import EMPTY_LABELS, OTHER_COLUMN


def read(folder: Path, content: str, **options: Any) -> tuple[list[Document], Report]:
    (folder / "a.csv").write_bytes(content.encode())
    report = Report()
    return list(data_formats.read(folder / "a.csv", report=report, **options)), report


def told(documents: list[Document]) -> list[tuple[str, str, list[tuple[int, int, str]]]]:
    return [(d.id, d.text, [(e.start, e.end, e.type) for e in d.entities]) for d in documents]


def test_sentences_of_filled_cells(tmp_path: Path) -> None:
    content = '\ufeffSentence #,Word,POS,Tag\r\nSentence: 1,Ada,NNP,B-per\r\n,slept,VBD,O\r\nSentence: 2,"""",``,O\r\n'
    found, report = read(tmp_path, content)
    assert told(found) == [("Sentence: 1", "Ada slept", [(0, 3, "per")]), ("Sentence: 2", '"', [])]
    assert report.losses == {OTHER_COLUMN.format(column="'POS'"): 3}
    assert opened(tmp_path / "a.csv").format.name == "tokens-csv"


@pytest.mark.parametrize(
    "content",
    [
        "sentence_id,words,labels\n0,Ada,B-PER\n0,slept,O\n1,Bern,B-LOC\n",
        "sentence_idx;word;tag\n0;Ada;B-PER\n0;slept;O\n1;Bern;B-LOC\n",
        "label,token,sent_id\nB-PER,Ada,0\nO,slept,0\n\nB-LOC,Bern,1\n",
    ],
)
def test_sentences_of_ids(tmp_path: Path, content: str) -> None:
    found, report = read(tmp_path, content)
    assert told(found) == [("0", "Ada slept", [(0, 3, "PER")]), ("1", "Bern", [(0, 4, "LOC")])]
    assert report.lines() == []


def test_ids_of_sentences_that_begin_anew_in_each_document(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "doc_id,sentence_id,token,label\nx,1,Ada,B-PER\ny,1,Bern,B-LOC\n")
    assert [each.id for each in found] == ["x-1", "y-1"]


@pytest.mark.parametrize("gap", ["\n", ",\n", " , \n"])
def test_sentences_of_empty_rows(tmp_path: Path, gap: str) -> None:
    found, _ = read(tmp_path, f"token,label\nAda,B-PER\nslept,O\n{gap}Bern,B-LOC\n")
    assert told(found) == [("line-2", "Ada slept", [(0, 3, "PER")]), ("line-5", "Bern", [(0, 4, "LOC")])]


def test_a_file_without_sentences_is_one_document(tmp_path: Path) -> None:
    found, report = read(tmp_path, "token,label\n" + "x,O\n" * 201)
    assert (len(found), report.losses) == (1, {ONE_SENTENCE: 1})


def test_a_token_without_a_label_is_counted(tmp_path: Path) -> None:
    found, report = read(tmp_path, "token,label\nAda,B-PER\nslept,\n")
    assert (told(found), report.losses) == ([("line-2", "Ada slept", [(0, 3, "PER")])], {EMPTY_LABELS: 1})


def test_options_of_columns_are_taken(tmp_path: Path) -> None:
    content = "token,pos,ner\nAda,B-X,I-PER\nslept,O,O\nBern,O,B-LOC\n"
    found, _ = read(tmp_path, content, scheme="bio", repair="begin")
    assert told(found)[0][2] == [(0, 3, "PER"), (10, 14, "LOC")]
    assert told(read(tmp_path, content, label_column="pos")[0])[0][2] == [(0, 3, "X")]
    assert told(read(tmp_path, content, label_column="none")[0])[0][2] == []


def test_a_label_that_cannot_go_on_is_told_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, "token,label\nAda,O\nslept,I-PER\n", scheme="bio")
    assert str(caught.value).startswith(f"{tmp_path}/a.csv:3: label 'I-PER' follows 'O'; ")


def test_a_sentence_that_comes_again_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="the document id '1' was used before, at .*a.csv:2; expected each id once"):
        read(tmp_path, "sentence_id,token,label\n1,a,O\n2,b,O\n1,c,O\n")


@pytest.mark.parametrize(
    ("options", "lacking"),
    [({"label_column": "x"}, "labels; --label-column is 'x'"), ({"format": "tokens-csv"}, "labels")],
)
def test_a_header_without_labels_is_told(tmp_path: Path, options: dict[str, str], lacking: str) -> None:
    content = "token,label\nAda,O\n" if "label_column" in options else "token,other\nAda,O\n"
    with pytest.raises(FormatError) as caught:
        read(tmp_path, content, **options)
    header = content.partition("\n")[0].split(",")
    assert str(caught.value) == (
        f"{tmp_path}/a.csv:1: the header {header} has no column of {lacking}; expected one such as token, tokens, word "
        "and one such as tag, label, ner (--label-column names it)"
    )


def test_lists_in_cells_are_sentences(tmp_path: Path) -> None:
    rows = ["id,tokens,ner_tags", "7,\"['Ada', 'slept']\",\"['B-PER', 'O']\"", '8,"[""Bern""]","[""B-LOC""]"']
    found, _ = read(tmp_path, "\n".join(rows))
    assert told(found) == [("7", "Ada slept", [(0, 3, "PER")]), ("8", "Bern", [(0, 4, "LOC")])]
    found, _ = read(tmp_path, "tokens,ner_tags\n\"['Ada', 'slept']\",\"[1, 0]\"\n", label_names="O,B-PER")
    assert told(found) == [("line-2", "Ada slept", [(0, 3, "PER")])]


def test_lists_as_numpy_prints_them_are_not_taken_for_one_text(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="'tokens' is \"\\['Bern' 'x'\\]\"; expected a list"):
        read(tmp_path, "tokens,ner_tags\n['Ada'],['O']\n['Bern' 'x'],['O' 'O']\n")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('[{"a": null}]', [{"a": None}]),
        ("[(0, 3, 'PER')]", [[0, 3, "PER"]]),
        ("{'a': (1,)}", {"a": [1]}),
        ("['a' 'b']", None),
        ("['a'\n 'b']", None),
        ("[1 2]", None),
        ("['it''s']", None),
        ("[" * 5000, None),
        ("['\x00']", None),
        ("Ada", None),
        ("3", None),
        (["x"], ["x"]),
        (None, None),
    ],
)
def test_lists_of_cells(cell: object, value: object) -> None:
    assert listed(cell) == value


def test_other_tables_stay_tables(tmp_path: Path) -> None:
    for content in ("text,label\nAda,x\n", "text,token,label\nAda,x,y\n"):
        (tmp_path / "a.csv").write_text(content)
        assert opened(tmp_path / "a.csv").format.name == "table"
    (tmp_path / "a.csv").write_text("word,label,body\nAda,x,y\n")
    assert opened(tmp_path / "a.csv", table=True).format.name == "table"
