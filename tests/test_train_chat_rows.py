"""Rows that models that generate are trained on: read with their checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cascade.errors import FormatError
from train.rows.chat_rows import as_line, read_rows

EXPECTED = (
    'expected {"messages": [...]} with a turn of the user and one of the assistant, or more such pairs, behind one of '
    'the system or none, each with "role" and "content"'
)
REMEDY = "Write rows by python -m train.published_rows DATA --answers NAME -o ROWS"


def turns(*roles: str) -> list[dict[str, str]]:
    return [{"role": role, "content": f"{role} says\u2028\x85"} for role in roles]


ROWS: list[dict[str, Any]] = [
    {"messages": turns("system", "user", "assistant")},
    {"messages": turns("user", "assistant"), "id": 7},
    {"messages": turns("system", "user", "assistant", "user", "assistant")},
]


def test_rows_come_as_they_are_from_lines_and_from_a_list(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    lines = [as_line(row) for row in ROWS]
    for content in ("\n\n".join(lines), "[\n" + ",\n".join(lines) + "\n]\n"):
        file.write_text(content, encoding="utf-8")
        assert list(read_rows(file)) == ROWS


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ("organization", "'organization'"),
        ({"text": "Ada", "entities": []}, "{'text': 'Ada', 'entities': []}"),
        ({"messages": []}, "{'messages': []}"),
        ({"messages": "hello"}, "{'messages': 'hello'}"),
        ({"messages": turns("system")}, None),
        ({"messages": turns("user")}, None),
        ({"messages": turns("assistant", "user")}, None),
        ({"messages": turns("user", "assistant", "user")}, None),
        ({"messages": turns("user", "system", "assistant")}, None),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": ["b"]}]}, None),
        ({"messages": [{"role": "user"}, {"role": "assistant", "content": "b"}]}, None),
        ({"conversations": turns("user", "assistant")}, None),
    ],
)
def test_what_is_no_row_is_told_with_its_line_and_the_remedy(tmp_path: Path, row: Any, shown: str | None) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(f"{as_line(ROWS[0])}\n{json.dumps(row)}\n", encoding="utf-8")
    with pytest.raises(FormatError) as error:
        list(read_rows(file))
    told = str(error.value)
    assert told.startswith(f"{file}:2: {shown or '{'}")
    assert told.endswith(f" is no row to train on; {EXPECTED}. {REMEDY}")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('"organization",', "after the JSON value comes ','; expected the end of the line"),
        ("Ada | person", "not JSON: Expecting value at column 1"),
        (
            '{"messages": [{"role": "user", "content": "\\ud800"}, {"role": "assistant", "content": ""}]}',
            "the row holds a lone surrogate, which is not valid Unicode",
        ),
    ],
)
def test_lines_that_are_no_json_are_told(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(f"{as_line(ROWS[0])}\n{line}\n", encoding="utf-8")
    with pytest.raises(FormatError) as error:
        list(read_rows(file))
    assert str(error.value) == f"{file}:2: {told}. {REMEDY}"
