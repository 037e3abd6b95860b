"""CSV with a row for each entity."""

from pathlib import Path
from typing import Any

import pytest
from random_documents import found, random_documents

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.spans_csv import OTHER_COLUMN
from data_formats.registry import opened


def read(folder: Path, content: str, **options: Any) -> list[Document]:
    (folder / "a.csv").write_bytes(content.encode())
    return list(data_formats.read(folder / "a.csv", **options))


ROME = Document("d", "Ada in Rome", None, (Entity(0, 3, "PER"), Entity(7, 11, "LOC")))
EMPTY = Document("e", "none")


@pytest.mark.parametrize(
    "content",
    [
        "document,text,start,end,type\nd,Ada in Rome,0,3,PER\nd,,7,11,LOC\ne,none,,,\n",
        "\ufeffdoc_id;text;begin;end;label;mention\r\nd;Ada in Rome;0;3;PER;Ada\r\n;;7;11;LOC;Rome\r\ne;none;;;;\r\n",
        "text\tstart\tend\tentity\tspan\tdocument\nAda in Rome\t0\t3\tPER\tAda\td\nnone\t\t\t\t\te\n"
        "Ada in Rome\t7\t11\tLOC\tRome\td\n",
    ],
)
def test_rows_are_entities(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == [ROME, EMPTY]
    assert opened(tmp_path / "a.csv").format.name == "spans-csv"


def test_texts_without_ids_are_called_by_their_line(tmp_path: Path) -> None:
    content = 'text,start,end,type\n"a\r\nb",0,1,X\n,3,4,Y\nc,,,\n'
    assert read(tmp_path, content) == [
        Document("line-2", "a\r\nb", None, (Entity(0, 1, "X"), Entity(3, 4, "Y"))),
        Document("line-5", "c"),
    ]


def test_a_text_without_an_id_may_stand_in_each_row(tmp_path: Path) -> None:
    rows = [
        "Ada met Bob,0,3,PER",
        "Ada met Bob,8,11,PER",
        "Ada met Bob,8,11,PER",
        "Ada met Bob,,,",
        "Ada met Bob,0,3,X",
    ]
    both, bob = (Entity(0, 3, "PER"), Entity(8, 11, "PER")), (Entity(8, 11, "PER"),)
    assert read(tmp_path, "\n".join(["text,start,end,type", *rows])) == [
        Document("line-2", "Ada met Bob", None, both),
        Document("line-4", "Ada met Bob", None, bob),  # the same entity again: another such text
        Document("line-5", "Ada met Bob"),
        Document("line-6", "Ada met Bob", None, (Entity(0, 3, "X"),)),
    ]


@pytest.mark.parametrize("name", ["d", "d.txt"])
def test_texts_may_stand_in_files_beside(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Ada in Rome")
    assert read(tmp_path, "document,start,end,type\nd,0,3,PER\nd,7,11,LOC\n") == [ROME]


def test_other_columns_are_counted(tmp_path: Path) -> None:
    report = data_formats.Report()
    read(tmp_path, "text,start,end,type,score,note,who\nAda,0,3,PER,0.5,sure,\n", report=report)
    assert report.losses == {OTHER_COLUMN.format(column="'note'"): 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "document,start,end,type\nd,0,3,PER\n",
            "2: there is no column text, and no file 'd' or 'd.txt' beside the CSV; expected the text of each document",
        ),
        (
            "document,start,end,type\n../a,0,3,PER\n",
            "2: there is no column text, and no file '../a' or '../a.txt' beside the CSV; expected the text of each "
            "document",
        ),
        (
            "text,start,end,type,span\n😀 Ada,3,6,PER,Ada\n",
            "2: the span 'Ada' is said to be at 3..6, the text there is 'da'; expected the same (offsets seem to be "
            "UTF-16 units; expected characters)",
        ),
        (
            "text,start,end,type,span\nAda in,0,2,PER,Ada\n",
            "2: the span 'Ada' is said to be at 0..2, the text there is 'Ad'; expected the same (the end seems to be "
            "included; ours is not)",
        ),
        (
            "text,start,end,type,span\nAda in,1,3,PER,Ada\n",
            "2: the span 'Ada' is said to be at 1..3, the text there is 'da'; expected the same (offsets seem to count "
            "from 1; ours from 0)",
        ),
        ("text,start,end,type\nAda,a,3,PER\n", "2: start 'a' and end '3'; expected two numbers of characters"),
        (
            "text,start,end,type\nAda,0,4,PER\n",
            "2: 0..4 is no span of the text of 3 characters; expected 0 <= start < end <= 3",
        ),
        ("text,start,end,type\nAda,0,3,\n", "2: entity type '' at 0..3 is empty; expected a type name"),
        (
            "document,text,start,end,type\nd,Ada,0,3,PER\nd,Bob,0,3,PER\n",
            "3: the document 'd' has another text than in line 2; expected the same text, or another id",
        ),
        ("text,start,end,type\nAda,0,3\n", "2: the row has 3 columns; expected 4 as in the header"),
        (
            "text,start,type\nAda,0,3\n",
            "1: the header ['text', 'start', 'type'] has no column end; expected document, text, start, end, type, "
            "span, score (span and score may be missing, and document or text)",
        ),
    ],
)
def test_ill_formed_files(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, content)
    assert str(caught.value) == f"{tmp_path}/a.csv:{message}"


def test_quotes_that_do_not_end_are_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, 'text,start,end,type\n"Ada,0,3,PER\n')
    assert str(caught.value).startswith(f"{tmp_path}/a.csv:2: not CSV: ")


@pytest.mark.parametrize("seed", range(40))
def test_random_documents_survive(tmp_path: Path, seed: int) -> None:
    documents = random_documents(seed)
    data_formats.write(documents, tmp_path / "a.csv")
    assert [found(copy) for copy in data_formats.read(tmp_path / "a.csv")] == list(map(found, documents))


def test_texts_longer_than_the_limit_of_csv_are_read(tmp_path: Path) -> None:
    document = Document("d", "x" * 200_000, None, (Entity(0, 1, "X", 0.25),))
    data_formats.write([document], tmp_path / "a.csv")
    assert list(data_formats.read(tmp_path / "a.csv")) == [document]


def test_texts_are_read_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("document,text\nd,Ada in Rome\n")
    assert [d.text for d in data_formats.read_texts(tmp_path / "a.csv")] == ["Ada in Rome"]


@pytest.mark.parametrize("line", ["word " * 40_000, "a\rb,c"], ids=["longer than csv allows", "a lone carriage return"])
def test_a_first_line_that_is_no_csv_is_read_as_text(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.txt").write_bytes(line.encode())
    assert opened(tmp_path / "a.txt").format.name == "text"
