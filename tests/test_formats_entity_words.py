"""The words that entities of JSON lines say they have, against those at their offsets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import data_formats
from cascade.errors import FormatError


def read(folder: Path, content: str, name: str = "d.jsonl") -> tuple[int, list[str]]:
    """How many documents a file has, and what of it was not read."""
    (folder / name).write_text(content, encoding="utf-8")
    report = data_formats.Report()
    return sum(1 for _ in data_formats.read(folder / name, report=report)), report.lines()


TEXT = "Ada in Rome."


@pytest.mark.parametrize("key", ["word", "mention", "name", "value", "entity", "surface", "span"])
@pytest.mark.parametrize(
    ("text", "span", "hint"),
    [
        (TEXT, (7, 10), "'Rom'; expected the same (the end seems to be included; ours is not)"),
        (TEXT, (8, 11), "'ome'; expected the same (offsets seem to count from 1; ours from 0)"),
        (f"😀 {TEXT}", (10, 14), "'ome.'; expected the same (offsets seem to be UTF-16 units; expected characters)"),
        (
            "Ada in Rome .",
            (2, 3),
            "'a'; expected the same (offsets seem to be indices of tokens; expected those of characters)",
        ),
    ],
)
def test_other_words_than_those_at_the_offsets_are_told(
    tmp_path: Path, key: str, text: str, span: tuple[int, int], hint: str
) -> None:
    entity = {"start": span[0], "end": span[1], "type": "LOC", key: "Rome"}
    with pytest.raises(FormatError) as error:
        read(tmp_path, json.dumps({"text": text, "entities": [entity]}))
    assert str(error.value) == (
        f"{tmp_path}/d.jsonl:1: the entity at {span[0]}..{span[1]} says 'Rome' under {key!r}, the text there is {hint}"
    )


@pytest.mark.parametrize(
    ("entity", "unknown"),
    [
        ({"word": "Rome"}, None),  # the words at the offsets
        ({"name": "Roma"}, "name"),  # no words of the text
        ({"name": "Ada"}, "name"),  # may be the name of a page, as no other unit of offsets explains it
        ({"entity": "LOC", "surface": "Rome"}, "entity"),  # the type once more
    ],
)
def test_what_may_be_other_than_words_is_no_error(tmp_path: Path, entity: dict[str, str], unknown: str | None) -> None:
    row = {"text": TEXT + " LOC", "entities": [{"start": 7, "end": 11, "type": "LOC", **entity}]}
    _, lines = read(tmp_path, json.dumps(row))
    told = f"unknown key {unknown!r} of entities: 1 (first: {tmp_path}/d.jsonl:1)"
    assert lines == ([told] if unknown else [])


def test_words_that_stand_elsewhere_are_an_error(tmp_path: Path) -> None:
    row = {"text": TEXT, "entities": [{"start": 7, "end": 11, "type": "LOC", "mention": "Ada"}]}
    with pytest.raises(FormatError) as error:
        read(tmp_path, json.dumps(row))
    assert str(error.value) == (
        f"{tmp_path}/d.jsonl:1: the entity at 7..11 says 'Ada' under 'mention', the text there is 'Rome'; expected the "
        "same"
    )
