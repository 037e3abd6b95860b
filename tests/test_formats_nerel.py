"""NEREL's JSON lines, as the shared task RuNNE has them: spans whose last character is included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tool_documents import read, spans

import data_formats
from cascade.errors import FormatError
from data_formats.registry import opened

BANK = {
    "id": 7,
    "ners": [[2, 12, "ORGANIZATION"], [7, 12, "COUNTRY"], [7, 12, "LOCATION"], [19, 19, "NUMBER"]],
    "sentences": "😀 Банк Англии ждёт 5\n",
}
FOUND = [
    (2, 13, "ORGANIZATION", "Банк Англии"),
    (7, 13, "COUNTRY", "Англии"),
    (7, 13, "LOCATION", "Англии"),
    (19, 20, "NUMBER", "5"),
]


@pytest.mark.parametrize("name", ["file", "train.jsonl", "train.json"])
@pytest.mark.parametrize("indent", [None, 1])
def test_nested_entities_and_several_types_of_a_span_keep_their_places(
    tmp_path: Path, name: str, indent: int | None
) -> None:
    content = json.dumps(BANK, indent=indent) + "\n" + json.dumps({"id": 8, "ners": [], "sentences": ""})
    documents, lost = read(tmp_path, content, name=name)
    assert opened(tmp_path / name).format.name == "nerel"
    assert [(each.id, each.text) for each in documents] == [("7", BANK["sentences"]), ("8", "")]
    assert [(*span, documents[0].text[span[0] : span[1]]) for span in spans(documents[0])] == FOUND
    assert lost == {}


def test_rows_without_entities_have_texts_to_read(tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text('{"id": 1, "sentences": "Ада"}\n', encoding="utf-8")
    given = opened(tmp_path / "test.jsonl")
    assert [(each.id, each.text) for each in given.texts()] == [("1", "Ада")]
    with pytest.raises(FormatError) as error:
        list(given.documents({}))
    assert str(error.value) == (
        f"{tmp_path}/test.jsonl:1: the object has no 'ners', only 'id', 'sentences'; expected an object with "
        "'sentences', which is a text, and 'ners'"
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"ners": [[0, 21, "X"]]},
            "the entity [0, 21, 'X'] is not within the 21 characters; expected 0 <= first <= last, both included",
        ),
        (
            {"ners": [[3, 2, "X"]]},
            "the entity [3, 2, 'X'] is not within the 21 characters; expected 0 <= first <= last, both included",
        ),
        ({"ners": [[0, "X"]]}, "[0, 'X'] is not an entity; expected [first character, last one, type]"),
        ({"ners": [[0, 1.5, "X"]]}, "a character's index is 1.5; expected an integer"),
        ({"ners": {"a": 1}}, "'ners' is {'a': 1}; expected a list"),
        ({"ners": [[0, 1, " "]]}, "entity type ' ' at 0..2 is empty; expected a type name"),
        ({"sentences": [["Ada"]]}, "'sentences' is [['Ada']]; expected a text"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(FormatError) as error:
        read(tmp_path, json.dumps(BANK) + "\n" + json.dumps({**BANK, "id": 8, **change}), name="a.jsonl")
    assert str(error.value) == f"{tmp_path}/a.jsonl:2: {told}"


def test_lists_of_tokens_under_the_same_keys_are_another_format(tmp_path: Path) -> None:
    row = {"ners": [[[0, 0, "PER"]]], "sentences": [["Ada", "left"]]}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert opened(tmp_path / "a.jsonl").format.name != "nerel"


def test_unknown_keys_are_counted(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps({**BANK, "url": "u"}))[1] == {"unknown key 'url' of documents": 1}


def test_what_is_read_is_written_without_loss(tmp_path: Path) -> None:
    [document], _ = read(tmp_path, json.dumps(BANK))
    assert data_formats.write([document], tmp_path / "out.jsonl").losses == {}
    assert list(data_formats.read(tmp_path / "out.jsonl")) == [document]
