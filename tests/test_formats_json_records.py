"""JSON lines, lists and objects over several lines are read alike; what is not JSON is told with its line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from tool_documents import SEEDS, random_documents

import data_formats
from cascade.errors import FormatError
from data_formats.json_outline import outline
from data_formats.json_records import records
from data_formats.registry import opened
from data_formats.text_files import Source

ROWS: list[object] = [{"a": [1, {"b": "x\ny"}]}, {}, {"c": '"]}'}]


@pytest.mark.parametrize(
    "content",
    [
        "".join(json.dumps(row) + "\n" for row in ROWS),
        "\n \r\n" + "\r\n\r\n".join(json.dumps(row) for row in ROWS),
        json.dumps(ROWS),
        json.dumps(ROWS, indent=3) + "\n\n",
        "\n\n[" + ",\n".join(json.dumps(row) for row in ROWS) + "]",
        "\n".join(json.dumps(row, indent=1) for row in ROWS),
    ],
)
def test_all_shapes_hold_the_same_values(tmp_path: Path, content: str) -> None:
    (tmp_path / "f").write_bytes(content.encode())
    assert [record.value for record in records(Source(tmp_path / "f"))] == ROWS


def test_places_and_ids(tmp_path: Path) -> None:
    found = {}
    for name, content in {"lines": "\n{}\n\n{}", "list": "\n[{},\n\n{}\n]", "printed": '{\n}\n{"a":\n1}'}.items():
        (tmp_path / name).write_text(content)
        made = [(each.where.removeprefix(f"{tmp_path}/"), each.id) for each in records(Source(tmp_path / name))]
        found[name] = made
    assert found == {
        "lines": [("lines:2", "line-2"), ("lines:4", "line-4")],
        "list": [("list:2: item 1", "item-1"), ("list:4: item 2", "item-2")],
        "printed": [("printed:1: item 1", "item-1"), ("printed:3: item 2", "item-2")],
    }


@pytest.mark.parametrize("content", ["", "\n \n", "[]", "[\n]\n"])
def test_files_without_values(tmp_path: Path, content: str) -> None:
    (tmp_path / "f").write_text(content)
    assert list(records(Source(tmp_path / "f"))) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[{}", ":1: not JSON: after item 1 the file ends; expected ',' or ']'"),
        ("[{},\n\n", ":2: not JSON: the file ends inside a list; expected ']'"),
        ("[{}\n{}]", ":1: not JSON: after item 1 comes '{}]'; expected ',' or ']'"),
        ("[{}] {}", ": after the JSON list comes '{}'; expected the end of the file"),
        ('{"a":\n1,\n"b" 2}', ":3: not JSON: Expecting ':' delimiter at column 5"),
        ('{"a": 1}\n{"a": 1', ":2: not JSON: Expecting ',' delimiter at column 8"),
        ("[{},\n{},\nx]", ":3: not JSON: Expecting value at column 1"),
    ],
)
def test_what_is_not_json_is_told_with_its_line(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "f").write_text(content)
    with pytest.raises(FormatError) as caught:
        list(records(Source(tmp_path / "f")))
    assert str(caught.value) == f"{tmp_path}/f{told}"


def test_lines_are_decoded_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter([b'{"a": 1}\n', b"not JSON\n"])
    monkeypatch.setattr(sys, "stdin", type("Stream", (), {"buffer": lines}))
    assert next(records(Source("-"))).value == {"a": 1}
    assert next(lines) == b"not JSON\n"


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("seed", list(SEEDS)[:5])
def test_our_own_documents_are_read_from_a_list(tmp_path: Path, seed: int, indent: int | None) -> None:
    documents = random_documents(seed)
    (tmp_path / "d").write_text(json.dumps([each.to_dict() for each in documents], indent=indent))
    assert opened(tmp_path / "d").format.name == "jsonl"
    assert list(data_formats.read(tmp_path / "d")) == documents


def test_a_list_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b'[{"text": "Ada",\n"entities": []}]'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert [each.id for each in data_formats.read("-")] == ["item-1"]


def test_an_outline_needs_no_whole_json() -> None:
    found = outline(['[{"a": {"b": [[0, "x\\"}"]], "c": tr'])
    assert (found.keys, found.values) == (
        {"a"},
        {
            ("a",): {"{"},
            ("a", "b"): {"["},
            ("a", "b", "[]"): {"["},
            ("a", "b", "[]", "[]"): {"0", '"'},
            ("a", "c"): {"t"},
        },
    )


def test_keys_are_those_of_the_first_object_and_values_those_of_all() -> None:
    found = outline(['{"a": 1}', '{"b": null, "a": []}'])
    assert (found.keys, found.values) == ({"a"}, {("a",): {"0", "["}, ("b",): {"n"}})


@pytest.mark.parametrize("head", [[], ["a: {b}"], ["", "Ada [met] {Bob}"]])
def test_text_has_no_outline(head: list[str]) -> None:
    assert outline(head).values == {}


def test_an_outline_goes_no_deeper_than_the_keys_of_a_format() -> None:
    found = outline(['{"a":' * 15_000])
    assert found.keys == {"a"}
    assert max(map(len, found.values)) == 16  # each path costs its length: with no limit, minutes
