"""Files made to hurt: each is refused in one line that says where, what was found and what was expected."""

from __future__ import annotations

import gc
import json
import zlib
from pathlib import Path

import pytest

import data_formats
from cascade.document import Document
from cascade.errors import DocumentError, FormatError, shown
from data_formats.report import Failure, Report

DIGITS = "9" * 4400  # Python refuses to convert more than 4,300
SHOWN = "9" * 56


def refusal(folder: Path, content: str | bytes, format: str, name: str = "in") -> str:
    """What is told of a file, without its folder."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(path, format))
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('"\\ud800"', "a lone surrogate, which is not valid Unicode; repair the source's encoding"),
        ("NaN", "nan, which is no number of JSON; expected null or a text"),
        ("[" * 102 + "]" * 102, "values nested more than 100 levels deep; expected fewer"),
    ],
)
def test_fields_that_no_file_can_hold_are_refused(tmp_path: Path, value: str, told: str) -> None:
    line = f'{{"id": "a", "text": "x", "entities": [], "fields": {{"n": {value}}}}}'
    assert refusal(tmp_path, line, "jsonl") == f"in:1: document 'a': fields hold {told}"


def test_fields_of_a_hundred_levels_are_written_and_read_back(tmp_path: Path) -> None:
    value: object = 1
    for _ in range(99):
        value = [value]
    given = Document("a", "x", fields={"n": value})
    data_formats.write([given], tmp_path / "out.jsonl")
    assert list(data_formats.read(tmp_path / "out.jsonl")) == [given]


def test_a_name_of_a_field_is_checked_as_well() -> None:
    with pytest.raises(DocumentError, match="fields hold a lone surrogate"):
        Document("a", "x", fields={"\ud800": 1})


def test_numbers_that_json_has_no_form_for_become_text_in_rows_of_any_keys(tmp_path: Path) -> None:
    (tmp_path / "in").write_text('{"text": "x", "n": NaN, "m": [-Infinity, 1]}')
    report = Report()
    [document] = data_formats.read(tmp_path / "in", "json-rows", report=report)
    assert document.fields == {"n": "nan", "m": ["-inf", 1]}
    assert dict(report.losses) == {"values that JSON has no form for (kept as text)": 2}


def test_half_of_a_pair_in_a_text_that_is_set_aside_becomes_a_replacement_character(tmp_path: Path) -> None:
    (tmp_path / "in").write_text('{"text": "a\\ud800", "entities": []}')
    aside: list[Failure] = []
    assert list(data_formats.read(tmp_path / "in", "jsonl", report=Report(aside=aside.append))) == []
    assert [failure.text for failure in aside] == ["a\ufffd"]


def test_a_carriage_return_in_a_header_is_told(tmp_path: Path) -> None:
    told = refusal(tmp_path, "a\rb,text\n1,2\n", "table")
    assert told.startswith(
        "in:1: not CSV: a carriage return stands alone; expected line feeds at the ends of rows, and"
    )


def test_a_header_may_have_a_cell_of_any_length(tmp_path: Path) -> None:
    (tmp_path / "in").write_text(f"{'a' * 140_000},text\n1,Ada\n")
    [document] = data_formats.read(tmp_path / "in", "table")
    assert (document.text, len(document.fields or {})) == ("Ada", 1)


def test_a_header_of_many_columns_that_names_one_twice_says_which(tmp_path: Path) -> None:
    header = ",".join(f"c{number}" for number in range(50_000))
    told = refusal(tmp_path, f"{header},c7,text\n", "table")
    assert told == "in:1: the header names 'c7' twice; expected each column once"


@pytest.mark.parametrize(
    ("format", "content", "told"),
    [
        (
            "spans-csv",
            f"text,start,end,type\nAda,0,{DIGITS},x\n",
            f"in:2: start '0' and end '{SHOWN}...; expected two numbers of characters",
        ),
        (
            "bioc",
            f"<collection><document><passage><offset>{DIGITS}</offset></passage></document></collection>",
            f"in:1: the offset is '{SHOWN}...; expected a number of characters",
        ),
        (
            "webanno-tsv",
            "#FORMAT=WebAnno TSV 3.3\n#T_SP=a|b\n\n\n#Text=Ada\n1-1\t0-3\tAda\tx\n\n#Text=Ada\n"
            "2-1\t999999999999-999999999999\tAda\tx\n",
            "in:9: the sentence begins at 999999999999, 999,999,999,996 after the end of the one before it; expected "
            "at most 1,000,000 without text (offsets are UTF-16 units)",
        ),
        (
            "bioc",
            "<collection><document><passage><offset>9999999</offset><text>a</text></passage></document></collection>",
            "in:1: the offsets leave 9,999,999 characters without text; expected at most 1,000,000",
        ),
        (
            "bioc",
            "<a>" * 201 + "</a>" * 201,
            "in:1: elements stand in each other more than 200 deep; expected fewer",
        ),
        (
            "bioc-json",
            "[" * 20 + "]" * 20,
            "in: lists and collections stand in each other 11 deep; expected documents in one",
        ),
        (
            "bioc",
            "<collection><document><passage><offset>0</offset><sentence><offset>0</offset><sentence><offset>0</offset>"
            "</sentence></sentence></passage></document></collection>",
            "in:1: a sentence holds sentences; expected passages, with sentences of text at most",
        ),
        (
            "bioc",
            '<?xml version="1.0" encoding="klingon"?><collection/>',
            "in: not XML that can be read: the encoding that its first line names: unknown encoding: klingon; save "
            "the file as UTF-8",
        ),
    ],
)
def test_numbers_levels_and_encodings_are_bounded(tmp_path: Path, format: str, content: str, told: str) -> None:
    assert refusal(tmp_path, content, format) == told


@pytest.mark.parametrize(
    ("format", "name", "content"),
    [
        ("brat", "x.ann", f"T1\tPerson 0 {DIGITS}\tAda\n"),
        ("pubtator", "in", f"1|t|Ada\n1|a|b\n1\t{DIGITS}\t{DIGITS}\tAda\n"),
    ],
)
def test_an_offset_of_thousands_of_digits_is_no_offset(tmp_path: Path, format: str, name: str, content: str) -> None:
    (tmp_path / "x.txt").write_text("Ada")
    told = "is no text-bound annotation" if format == "brat" else None
    if told is None:
        (tmp_path / name).write_text(content)
        assert [document.entities for document in data_formats.read(tmp_path / name, format)] == [()]
    else:
        assert told in refusal(tmp_path, content, format, name)


def test_a_text_beside_a_table_of_spans_has_to_be_utf_8(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\n\xff")
    told = refusal(tmp_path, "document,start,end,type\na,0,1,x\n", "spans-csv")
    assert told == "a:2: byte 0xff is not UTF-8; save the file as UTF-8"


def test_a_path_with_a_zero_byte_is_no_path() -> None:
    with pytest.raises(FormatError) as caught:
        data_formats.read("a\0b", "text")
    assert str(caught.value) == "'a\\x00b': is no path: embedded null byte; expected the name of a file"


def test_a_note_about_a_type_with_a_line_break_is_one_line() -> None:
    report = Report()
    report.lose("a kind", "d: 'x' (a\rb\n)")
    assert report.lines() == ["a kind: 1 (first: d: 'x' (a\\rb\\n))"]


def test_many_columns_of_labels_are_not_all_named(tmp_path: Path) -> None:
    told = refusal(tmp_path, "a " + "O " * 30 + "B-x\nb " + "O " * 30 + "O\n", "conll")
    assert told.startswith("in: columns 2, 3, 4, ")
    assert "20, 21 and 11 more all hold labels; choose with --label-column 2, 32 or all" in told


def test_a_damaged_docbin_leaves_the_garbage_collector_on(tmp_path: Path) -> None:
    pytest.importorskip("spacy")
    assert gc.isenabled()
    told = refusal(tmp_path, zlib.compress(b"\x81\xa5attrs"), "spacy")
    assert told.startswith("in: the file is no DocBin of spaCy: ")
    assert gc.isenabled()


def test_a_parquet_file_of_our_columns_with_other_fields_is_refused(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    row: dict[str, object] = {
        "id": "a",
        "text": "x",
        "language": None,
        "entities": [],
        "tokens": None,
        "adapters": [],
        "fields": 7,
    }
    parquet.write_table(pyarrow.Table.from_pylist([row]), tmp_path / "in.parquet")
    with pytest.raises(FormatError, match="row 1: 'fields' is 7; expected a text"):
        list(data_formats.read(tmp_path / "in.parquet"))


def test_a_value_that_holds_itself_can_be_shown() -> None:
    value: list[object] = []
    value.append(value)
    assert shown(value) == "[" * 57 + "..."


def test_no_more_of_a_value_is_looked_at_than_is_shown() -> None:
    value: object = "x"
    for _ in range(64):
        value = [value, value]  # 2^64 parts
    assert shown(value) == "[" * 57 + "..."
    assert json.dumps(shown({"a": [1, (2,)]})) == "\"{'a': [1, (2,)]}\""
