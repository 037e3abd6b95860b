"""An error in a file closes it: whoever holds the error does not hold the file."""

from __future__ import annotations

import gc
import io
from pathlib import Path

import pytest

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.json_records import records
from data_formats.registry import opened
from data_formats.report import Report
from data_formats.text_files import Source

DOCUMENTS = [
    Document(str(number), f"Ada met Bob{number}.", "en", (Entity(0, 3, "person"), Entity(8, 12, "person")))
    for number in range(3)
]
NOT_UTF_8 = b"\n\xff\n"
BINARY = {"parquet", "spacy"}
IN_LINES = [each.name for each in data_formats.formats() if each.read and each.write and not each.in_folder]


def still_open(path: Path) -> list[object]:
    """The files of this path that are open in this process."""
    files = [each for each in gc.get_objects() if type(each) is io.FileIO and each.name == str(path)]
    return [file for file in files if not file.closed]


def error_of(path: Path, format: str | None) -> FormatError:
    with pytest.raises(FormatError) as caught:
        for _ in data_formats.read(path, format, report=Report()):
            pass
    return caught.value


@pytest.mark.parametrize("name", [name for name in IN_LINES if name not in BINARY])
def test_an_error_at_the_end_closes_the_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a"
    data_formats.write(DOCUMENTS, path, name)
    with path.open("ab") as file:
        file.write(NOT_UTF_8)
    held = error_of(path, name)
    assert held.__traceback__ is not None
    assert still_open(path) == []


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("table", "text,b\n1,2\n1,2,3\n4,5\n"),
        ("table", "text,text\n1,2\n"),
        ("spans-csv", "doc_id,start,end,type\n1,x,2,person\n"),
        ("conll", "Ada B-PER\nmet O\nBob I-\n\nthen O\n"),
        ("jsonl", '{"text": "Ada"}\n{"text": 3}\n{"text": "Bob"}\n'),
        (None, "text,b\n1,2\n1,2,3\n4,5\n"),
    ],
)
def test_an_error_in_a_row_closes_the_file(tmp_path: Path, format: str | None, content: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    held = error_of(path, format)
    assert held.__traceback__ is not None
    assert still_open(path) == []


def test_an_error_in_annotations_beside_a_text_closes_them(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ada slept.")
    (tmp_path / "a.ann").write_text("T1 Person 0 3 Ada\nT2\tPerson 0 3\tAda\n")
    held = error_of(tmp_path, "brat")
    assert held.__traceback__ is not None
    assert still_open(tmp_path / "a.ann") == []


def test_an_error_in_values_of_json_closes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n{"a": 1\n{}\n')
    with pytest.raises(FormatError) as held:
        for _ in records(Source(path)):
            pass
    assert held.value.__traceback__ is not None
    assert still_open(path) == []


def test_another_reading_goes_on_after_one_was_left(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    data_formats.write(DOCUMENTS, path)
    source = opened(path)
    first, second = source.documents({}), source.documents({})
    assert next(first) == next(second) == DOCUMENTS[0]
    del first
    assert [*second] == DOCUMENTS[1:]
    assert still_open(path) == []
