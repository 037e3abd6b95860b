"""Parts of files are read as the whole file is."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from job_commands import lines_of

from cascade.scale.part_reader import PartReader, Reading
from data_formats import write
from data_formats.file_parts import FilePart, options_of_parts, parts_of
from data_formats.registry import opened
from data_formats.report import Failure, Report

MARKED = "\ufeff"


def whole(path: Path, options: dict[str, Any]) -> tuple[list[object], Report]:
    """What the local reader makes of a file: documents, and failures where they stand."""
    items: list[object] = []
    report = Report(aside=items.append)
    format = None if options or path.suffix == ".parquet" else "jsonl"
    for document in opened(path, format, table=bool(options)).texts(options, report=report):
        items.append(document)  # behind what was set aside before it
    return items, report


def in_parts(path: Path, format: str, options: dict[str, Any], size: int) -> tuple[list[object], Report]:
    items: list[object] = []
    losses = Report()
    with path.open("rb") as file:
        for part in parts_of(file, str(path), format, size):
            found, report = part.read(options_of_parts(format, options), None)
            items.extend(found)
            for kind, count in report.losses.items():
                losses.lose(kind, report.first[kind], count)
    return items, losses


LINES = [
    '{"id": "a", "text": "Ada", "entities": [], "more": 1}',
    "",
    '{"text": "no id", "language": "de", "entities": []}',
    '{"id": "broken", "text": "A',
    '{"id": "c", "text": "Bob\u2028", "entities": [], "more": 2}',
    "[1, 2]",
    '{"id": "d", "text": "👩‍🚀", "entities": []}',
]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("name", ["in.jsonl", "in.jsonl.gz"])
def test_lines_in_parts_give_the_documents_the_failures_and_the_losses_of_the_whole_file(
    name: str, size: int, tmp_path: Path
) -> None:
    file = tmp_path / name
    content = (MARKED + "\n".join(LINES)).encode() + b'\n{"id": "bytes", "text": "\xff"}\n'
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    expected, report = whole(file, {})
    found, losses = in_parts(file, "jsonl", {}, size)
    assert found == expected
    assert [getattr(each, "id", None) for each in found] == ["a", "line-3", "line-4", "c", "line-6", "d", "line-8"]
    assert sum(isinstance(each, Failure) for each in found) == 3
    assert (losses.losses, losses.first) == (report.losses, report.first)
    assert losses.losses


@pytest.mark.parametrize("size", [1, 2, 100])
def test_keys_of_tables_may_be_missing_in_later_parts_as_in_later_rows(size: int, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"body": "Ada", "nr": 7}\n{"nr": 8}\n{"body": "Bob", "nr": 9, "x": 1}\n', encoding="utf-8")
    options = {"text_column": "body", "id_column": "nr"}
    expected, report = whole(file, options)
    found, losses = in_parts(file, "json-rows", options, size)
    assert found == expected
    assert [(each.id, each.text, each.fields) for each in found] == [  # type: ignore[attr-defined]
        ("7", "Ada", None),
        ("8", "", None),
        ("9", "Bob", {"x": 1}),
    ]
    assert (losses.losses, losses.first) == (report.losses, report.first)


@pytest.mark.parametrize("size", [1, 2, 100])
def test_rows_of_parquet_in_parts_give_the_documents_of_the_whole_file(size: int, tmp_path: Path) -> None:
    lines, file = tmp_path / "in.jsonl", tmp_path / "in.parquet"
    lines.write_text(lines_of(range(5)), encoding="utf-8")
    write(opened(lines).texts(), file)
    expected, _ = whole(file, {})
    found, _ = in_parts(file, "parquet", {}, size)
    assert found == expected
    assert [each.id for each in found] == ["d0", "d1", "d2", "d3", "d4"]  # type: ignore[attr-defined]


def test_a_json_list_is_refused_as_parts_of_it_say_nothing() -> None:
    part = FilePart("in.json", "jsonl", 1, 0, [b"[\n", b'{"text": "Ada"}\n'])
    row = {"name": part.name, "format": "jsonl", "content": part.content, "first": 1, "offset": 0, "error": ""}
    reading = Reading(lambda say: pytest.fail("loaded"), lambda ner: {}, {"jsonl": options_of_parts("jsonl", {})})
    assert json.loads(PartReader(reading)(row)["message"]) == {
        "error": "in.json:1: a JSON list, or an object over several lines; expected an object a line, as parts of a "
        "file are read. Convert it first: python -m data_formats in.json OUT.jsonl"
    }
