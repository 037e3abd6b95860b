"""Tables with a document a row: CSV, TSV, JSON lines of any keys, Parquet."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from random_documents import found, random_documents

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.registry import opened
from data_formats.report import Report
from data_formats.tables.parquet import record_batches

ROWS = [{"n": "7", "body": 'Ada, "Bob"\r\nand x', "who": "me"}, {"n": "8", "body": "", "who": ""}]


def documents(path: Path, **options: Any) -> list[Document]:
    return list(data_formats.read(path, **options))


def table(rows: list[dict[str, str]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    ("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a", "|"), ("a.tsv", "\t"), ("a.txt", "\t")]
)
def test_the_delimiter_is_found_and_other_columns_are_kept(
    tmp_path: Path, name: str, delimiter: str, mark: bytes
) -> None:
    (tmp_path / name).write_bytes(mark + table(ROWS, delimiter))
    report = Report()
    assert documents(tmp_path / name, text_column="body", id_column="n", report=report) == [
        Document("7", 'Ada, "Bob"\r\nand x', fields={"who": "me"}),
        Document("8", "", fields={"who": ""}),
    ]
    assert report.lines() == [f"rows without text (read as documents without entities): 1 (first: {tmp_path}/{name}:4)"]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_random_texts_survive_in_csv(tmp_path: Path, seed: int, delimiter: str) -> None:
    rows = [{"i": each.id, "text": each.text, "x": each.text[::-1]} for each in random_documents(seed)]
    (tmp_path / "a.csv").write_bytes(table(rows, delimiter))
    read = documents(tmp_path / "a.csv", id_column="i")
    assert [{"i": each.id, "text": each.text, **(each.fields or {})} for each in read] == rows


def test_a_csv_with_a_column_text_and_no_spans_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nAda,x\n")
    assert opened(tmp_path / "a.csv").format.name == "table"
    assert documents(tmp_path / "a.csv") == [Document("line-2", "Ada", fields={"label": "x"})]


def test_languages_are_read_and_the_given_one_is_for_rows_without(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,lang\nAda,de\nBob,\n")
    read = documents(tmp_path / "a.csv", language_column="lang", language="fr")
    assert [(each.text, each.language, each.fields) for each in read] == [("Ada", "de", None), ("Bob", "fr", None)]


@pytest.mark.parametrize("content", ["", "\n", "text,n\n"])
def test_a_table_without_rows_has_no_documents(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.csv").write_text(content)
    assert documents(tmp_path / "a.csv") == []


def test_whole_numbers_that_pandas_holds_as_floats_are_ids(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Ada", "n": 1.0}\n{"text": "Bob", "n": 2}\n{"text": "Cy", "n": null}\n')
    found = documents(tmp_path / "a.jsonl", id_column="n", text_column="text")
    assert [each.id for each in found] == ["1", "2", "line-3"]
    (tmp_path / "a.jsonl").write_text('{"text": "Ada", "n": 18.5}\n')
    with pytest.raises(FormatError, match="the id in the column 'n' is 18.5; expected a text or a whole number"):
        documents(tmp_path / "a.jsonl", id_column="n", text_column="text")


def test_short_rows_and_empty_lines_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,x,y\nAda\n\nBob,1,2\n")
    report = Report()
    assert [each.fields for each in documents(tmp_path / "a.csv", report=report)] == [
        {"x": "", "y": ""},
        {"x": "1", "y": "2"},
    ]
    assert report.lines() == [
        f"rows with fewer cells than the header (the others are empty): 1 (first: {tmp_path}/a.csv:2)",
        f"empty lines between rows: 1 (first: {tmp_path}/a.csv:3)",
    ]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("a,b\n1,2\n", {}, ":1: there is no column 'text'; name one of 'a', 'b' with --text-column"),
        ("text,b\n1,2\n", {"id_column": "c"}, ":1: there is no column 'c'; name one of 'text', 'b' with --id-column"),
        ("text,text\n1,2\n", {}, ":1: the header names 'text' twice; expected each column once"),
        (
            "text,b\n1,2\n1,2,3\n",
            {},
            ":3: the row has 3 cells; expected at most 2, as in the header. Put texts that hold the delimiter into "
            "quotes",
        ),
        (
            "text,b\rAda,1\rBob,2\r",
            {},
            ":1: not CSV: a carriage return stands alone; expected line feeds at the ends of rows, and "
            "quotes around texts that hold a return",
        ),
        (
            "text,n\nAda,1\nBob,1\n",
            {"id_column": "n"},
            ":3: the document id '1' was used before, at PATH:2; expected each id once",
        ),
    ],
)
def test_faults_of_tables_are_told(tmp_path: Path, content: str, options: dict[str, str], message: str) -> None:
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(FormatError) as caught:
        documents(tmp_path / "a.csv", **options)
    assert str(caught.value) == f"{tmp_path}/a.csv{message}".replace("PATH", f"{tmp_path}/a.csv")


def test_quotes_that_do_not_end_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,b\n"Ada,1\n')
    with pytest.raises(FormatError) as caught:
        documents(tmp_path / "a.csv")
    assert str(caught.value).startswith(f"{tmp_path}/a.csv:2: not CSV: ")


def test_rows_are_read_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter([b"text\n", b"Ada\n", b"Bob\n"])
    monkeypatch.setattr(sys, "stdin", type("Stream", (), {"buffer": lines}))
    assert next(data_formats.read("-", "table")).text == "Ada"
    assert next(lines) == b"Bob\n"


def test_json_lines_of_other_keys_keep_their_values(tmp_path: Path) -> None:
    rows = [{"body": "Ada", "n": 3, "tags": ["x"]}, {"body": None, "n": "k", "deep": {"y": 1.5}}, {"n": None}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = Report()
    assert documents(tmp_path / "a.jsonl", text_column="body", id_column="n", report=report) == [
        Document("3", "Ada", fields={"tags": ["x"]}),
        Document("k", "", fields={"deep": {"y": 1.5}}),
        Document("line-3", ""),
    ]
    assert report.lines() == [
        f"rows without text (read as documents without entities): 2 (first: {tmp_path}/a.jsonl:2)",
        f"rows without an id in the column 'n' (called by their place): 1 (first: {tmp_path}/a.jsonl:3)",
    ]


def test_a_text_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"body": 3}\n')
    with pytest.raises(FormatError) as caught:
        documents(tmp_path / "a.jsonl", text_column="body")
    assert str(caught.value) == f"{tmp_path}/a.jsonl:1: the column 'body' has 3; expected a text"


@pytest.mark.parametrize("seed", range(10))
def test_fields_survive_in_json_lines_and_parquet(tmp_path: Path, seed: int) -> None:
    pytest.importorskip("pyarrow")
    made = [
        Document(each.id, each.text, "de", each.entities, each.tokens, ("a", "b"), {"x": each.text, "y": [1, None]})
        for each in random_documents(seed)
    ]
    made.append(Document("s", "Ada", entities=(Entity(0, 3, "person", 0.5, (("person", 0.5), ("x", 0.25)), True),)))
    for name in ("a.jsonl", "a.parquet"):
        assert data_formats.write(made, tmp_path / name).lines() == []
        assert documents(tmp_path / name) == made
        assert [each.entities for each in data_formats.read_texts(tmp_path / name)] == [()] * len(made)


def test_other_formats_count_the_fields_that_they_lose(tmp_path: Path) -> None:
    report = data_formats.write([Document("a", "Ada", fields={"x": 1})], tmp_path / "a.csv")
    assert report.lines() == ["documents with further columns (fields): 1 (first: a)"]


def test_parquet_is_read_as_a_table(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [
        {"n": 1, "body": "Ada", "day": date(2026, 1, 2), "x": [1.5, float("nan")], "raw": b"\x00"},
        {"n": 2, "body": None, "day": None, "x": None, "raw": None},
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "a.parquet", row_group_size=1)
    report = Report()
    assert documents(tmp_path / "a.parquet", text_column="body", id_column="n", report=report) == [
        Document("1", "Ada", fields={"day": "2026-01-02", "x": [1.5, "nan"], "raw": "b'\\x00'"}),
        Document("2", "", fields={"day": None, "x": None, "raw": None}),
    ]
    assert [line.partition(":")[0] for line in report.lines()] == [
        "values that JSON has no form for (kept as text)",
        "rows without text (read as documents without entities)",
    ]
    with pytest.raises(FormatError) as caught:
        documents(tmp_path / "a.parquet")
    assert str(caught.value) == (
        f"{tmp_path}/a.parquet: there is no column 'text'; name one of 'n', 'body', 'day', 'x', 'raw' with "
        "--text-column"
    )


def test_a_damaged_parquet_file_is_one_error(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    data_formats.write([Document("a", "Ada")], tmp_path / "a.parquet")
    raw = (tmp_path / "a.parquet").read_bytes()
    for damaged in (raw[:-9], b"", b"text\nAda\n"):
        (tmp_path / "a.parquet").write_bytes(damaged)
        with pytest.raises(FormatError) as caught:
            documents(tmp_path / "a.parquet")
        assert str(caught.value).startswith(f"{tmp_path}/a.parquet: no whole Parquet file: ")


def test_a_zeroed_page_of_parquet_is_one_error_where_parts_are_read(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    data_formats.write([Document("a", "Ada"), Document("b", "Bob")], tmp_path / "a.parquet")
    raw = (tmp_path / "a.parquet").read_bytes()
    damaged = raw[:4] + bytes(200) + raw[204:]  # the footer is whole
    with pytest.raises(FormatError) as caught:
        list(record_batches(io.BytesIO(damaged), "a.parquet", 1))
    assert str(caught.value).startswith("a.parquet: no whole Parquet file: ")
    assert str(caught.value).endswith("; make the file again")


def test_parquet_is_not_compressed_again_nor_read_as_text(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(FormatError) as caught:
        data_formats.write([], tmp_path / "a.parquet.gz")
    assert str(caught.value) == (
        f"{tmp_path}/a.parquet.gz: Parquet compresses by itself; expected a name that ends with .parquet"
    )
    data_formats.write([], tmp_path / "a.parquet")
    (tmp_path / "a.parquet").rename(tmp_path / "a")
    with pytest.raises(FormatError) as caught:
        documents(tmp_path / "a")
    assert str(caught.value) == (
        f"{tmp_path}/a: the file is a Parquet file; expected text: read it with --from parquet, or let its name end "
        "with .parquet"
    )
    assert documents(tmp_path / "a", format="parquet") == []


def test_parquet_without_pyarrow_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(FormatError) as caught:
        data_formats.write([], tmp_path / "a.parquet")
    assert str(caught.value) == (
        "Parquet files need the package pyarrow; install it with pip install 'cascade-ner[files]', or use CSV or JSON "
        "lines, which need none"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", range(3))
def test_found_documents_of_random_kinds_survive_in_parquet(tmp_path: Path, seed: int) -> None:
    pytest.importorskip("pyarrow")
    made = random_documents(seed, count=50)
    data_formats.write(made, tmp_path / "a.parquet")
    assert [found(each) for each in documents(tmp_path / "a.parquet")] == list(map(found, made))
