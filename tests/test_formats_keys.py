"""Keys of JSON objects: gold without entities is told from gold that says it has none, and what nothing reads is
counted.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import data_formats
from cascade.errors import FormatError
from data_formats.json_lines import LABELS_AS_TYPES
from data_formats.object_keys import misspelt

ADA = '{"text": "Ada", "entities": [{"start": 0, "end": 3, "type": "person"}]}\n'


EXPECTED = "expected a list of objects with 'start', 'end' and 'type', [] for a document without entities"


def read(folder: Path, content: str, name: str = "d.jsonl") -> tuple[int, list[str]]:
    """How many documents a file has, and what of it was not read."""
    (folder / name).write_text(content, encoding="utf-8")
    report = data_formats.Report()
    return sum(1 for _ in data_formats.read(folder / name, report=report)), report.lines()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"text": "Ada"}, "'text'"),
        ({"text": "Ada", "spans": []}, "'spans', 'text' (it looks like spaCy or Prodigy by 'spans')"),
        ({"text": "Ada", "ents": []}, "'ents', 'text' (it looks like spaCy's Doc.to_json by 'ents')"),
        ({"text": "Ada", "label": [[0, 3, "PER"]]}, "'label', 'text' (it looks like doccano by 'label')"),
        ({"text": "Ada", "labels": []}, "'labels', 'text' (it looks like doccano by 'labels')"),
        ({"text": "Ada", "label": {"name": {"Ada": [[0, 2]]}}}, "'label', 'text' (it looks like CLUENER by 'label')"),
        ({"text": "Ada", "annotations": []}, "'annotations', 'text' (it looks like Label Studio by 'annotations')"),
        ({"text": "Ada", "predictions": []}, "'predictions', 'text' (it looks like Label Studio by 'predictions')"),
        (
            {"text": "Ada", "tokens": ["Ada"], "ner_tags": [1]},
            "'ner_tags', 'text', 'tokens' (it looks like Hugging Face token classification by 'ner_tags', 'tokens')",
        ),
        ({"text": "Ada", "extractions": []}, "'extractions', 'text' (it looks like LangExtract by 'extractions')"),
        ({"text": "Ada", "entites": []}, "'entites', 'text' ('entites' may be meant for it)"),
        ({"text": "Ada", "Entities": []}, "'Entities', 'text' ('Entities' may be meant for it)"),
        ({"text": "Ada", "mentions": []}, "'mentions', 'text' ('mentions' may be meant for it)"),
    ],
)
def test_gold_without_entities_says_what_it_looks_like(tmp_path: Path, row: dict[str, object], told: str) -> None:
    with pytest.raises(FormatError) as error:
        read(tmp_path, f"{ADA}{json.dumps(row)}\n")
    assert str(error.value) == f"{tmp_path}/d.jsonl:2: the object has no 'entities', only {told}; {EXPECTED}"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"txt": "Ada"}, "'txt' ('txt' may be meant for it)"),
        ({"Text": "Ada"}, "'Text' ('Text' may be meant for it)"),
        ({"id": "1", "sentence": "Ada"}, "'id', 'sentence' ('sentence' may be meant for it)"),
        ({"content": "Ada"}, "'content' ('content' may be meant for it)"),
        (
            {"data": {"text": "Ada"}, "annotations": []},
            "'annotations', 'data' (it looks like Label Studio by 'annotations')",
        ),
        (
            {"tokenized_text": ["Ada"], "ner": []},
            "'ner', 'tokenized_text' (it looks like GLiNER by 'ner', 'tokenized_text')",
        ),
        (
            {"tokens": ["Ada"], "ner_tags": [1]},
            "'ner_tags', 'tokens' (it looks like Hugging Face token classification by 'ner_tags', 'tokens')",
        ),
        ({"messages": []}, "'messages' (it looks like chat rows by 'messages')"),
        (
            {"id": 1, "ners": [], "sentences": []},
            "'id', 'ners', 'sentences' (it looks like NEREL by 'ners', 'sentences')",
        ),
        ({}, "nothing"),
    ],
)
@pytest.mark.parametrize("entities", [True, False])
def test_an_object_without_text_says_what_may_be_meant_for_it(
    tmp_path: Path, row: dict[str, object], told: str, *, entities: bool
) -> None:
    (tmp_path / "d.jsonl").write_text(f"{ADA}{json.dumps(row)}\n", encoding="utf-8")
    with pytest.raises(FormatError) as error:
        list(data_formats.read(tmp_path / "d.jsonl", entities=entities))
    expected = "'text' and 'entities'" if entities else "'text', or another key that --text-column names"
    assert str(error.value) == f"{tmp_path}/d.jsonl:2: the object has no 'text', only {told}; expected {expected}"


@pytest.mark.parametrize(
    ("entity", "told"),
    [
        (
            {"start": 0, "end": 3, "tag": "X"},
            "an entity has no 'type', only 'end', 'start', 'tag' ('tag' may be meant for it)",
        ),
        (
            {"begin": 0, "end": 3, "type": "X"},
            "an entity has no 'start', only 'begin', 'end', 'type' ('begin' may be meant for it)",
        ),
        (
            {"start": 0, "end": 3, "typ": "X"},
            "an entity has no 'type', only 'end', 'start', 'typ' ('typ' may be meant for it)",
        ),
    ],
)
def test_an_entity_without_a_key_says_what_may_be_meant_for_it(
    tmp_path: Path, entity: dict[str, object], told: str
) -> None:
    with pytest.raises(FormatError) as error:
        read(tmp_path, json.dumps({"text": "Ada", "entities": [entity]}))
    assert str(error.value) == f"{tmp_path}/d.jsonl:1: {told}; expected 'start', 'end' and 'type'"


@pytest.mark.parametrize(
    ("entity", "told"),
    [
        (
            [0, 3, "X"],
            "[0, 3, 'X'] is not an entity; the list is as spaCy's training data has it, which --from spacy-json reads",
        ),
        (["T1", "X", [[0, 3]]], "['T1', 'X', [[0, 3]]] is not an entity; the list is as brat's JSON has it"),
        ("Ada", "'Ada' is not an entity"),
    ],
)
def test_entities_that_are_lists_are_known_too(tmp_path: Path, entity: object, told: str) -> None:
    with pytest.raises(FormatError) as error:
        read(tmp_path, ADA + json.dumps({"text": "Ada", "entities": [entity]}))
    assert str(error.value) == f"{tmp_path}/d.jsonl:2: {told}; expected an object with 'start', 'end' and 'type'"


def test_label_is_read_where_there_is_no_type(tmp_path: Path) -> None:
    labelled = [{"start": 0, "end": 3, "label": "X"}, {"start": 0, "end": 3, "label": "Y", "type": "Z"}]
    (tmp_path / "d.jsonl").write_text(json.dumps({"text": "Ada", "entities": labelled}), encoding="utf-8")
    report = data_formats.Report()
    [document] = data_formats.read(tmp_path / "d.jsonl", report=report)
    assert [entity.type for entity in document.entities] == ["X", "Z"]
    assert report.losses == {LABELS_AS_TYPES: 1, "unknown key 'label' of entities": 1}


def test_unknown_keys_are_counted_by_name_with_their_first_place(tmp_path: Path) -> None:
    entity = {"start": 0, "end": 3, "type": "X", "label": "Y", "text": "Ada", "score": 0.5}
    row = {
        "text": "Ada",
        "langauge": "de",
        "url": "u",
        "entities": [entity, entity],
        "spacing": "natural",
        "lang": "de",
    }
    where = f"{tmp_path}/d.jsonl:2"
    assert read(tmp_path, f"{ADA}{json.dumps(row)}\n{json.dumps({**row, 'id': 'a'})}\n") == (
        3,
        [
            f"unknown key 'langauge' of documents, which is close to 'language': 2 (first: {where})",
            f"unknown key 'url' of documents: 2 (first: {where})",
            f"unknown key 'label' of entities: 4 (first: {where})",
        ],
    )


def test_many_unknown_keys_are_counted_together_but_for_those_that_are_close_to_known_ones(tmp_path: Path) -> None:
    keys = {f"k{number}": 0 for number in range(100)}
    _, lines = read(tmp_path, json.dumps({"text": "Ada", "entities": [], **keys, "lnaguage": "de"}))
    where = f"{tmp_path}/d.jsonl:1"
    assert lines == [
        *(f"unknown key 'k{number}' of documents: 1 (first: {where})" for number in range(8)),
        f"further unknown keys of documents: 92 (first: {where})",
        f"unknown key 'lnaguage' of documents, which is close to 'language': 1 (first: {where})",
    ]


def test_keys_that_corpora_have_are_no_noise(tmp_path: Path) -> None:
    row = {
        "id": "a",
        "lang": "de",
        "text": "Ada",
        "spacing": "natural",
        "partial": True,
        "entities": [],
        "tokens": [[0, 3]],
    }
    assert read(tmp_path, json.dumps(row)) == (1, [])


def test_texts_alone_need_no_entities_and_may_have_other_labels(tmp_path: Path) -> None:
    rows = [
        {"text": "Ada"},
        {"text": "Ada", "spans": 3},
        {"text": "Ada", "label": []},
        {"text": "Ada", "entities": 3, "url": "u"},
    ]
    (tmp_path / "d.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    report = data_formats.Report()
    assert [document.text for document in data_formats.read_texts(tmp_path / "d.jsonl", report=report)] == ["Ada"] * 4
    assert report.lines() == [f"unknown key 'url' of documents: 1 (first: {tmp_path}/d.jsonl:4)"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"sentence": "a"}, "has no 'entity', only 'sentence'"),
        ({"sentence": "a", "entity": []}, "has no 'category', only 'entity', 'sentence'"),
        ({"sentence": "a", "entities": [], "category": []}, "has no 'entity', only 'category', 'entities', 'sentence'"),
        (
            {"sentence": "a", "entity": [], "categroy": []},
            "has no 'category', only 'categroy', 'entity', 'sentence' ('categroy' may be meant for it)",
        ),
        (
            {"sentense": "a", "entity": [], "category": []},
            "has no 'sentence', only 'category', 'entity', 'sentense' ('sentense' may be meant for it)",
        ),
    ],
)
def test_a_sentence_of_geic_has_all_its_keys(tmp_path: Path, value: dict[str, object], told: str) -> None:
    with pytest.raises(FormatError) as error:
        read(tmp_path, json.dumps({"s": value}), "d.json")
    assert str(error.value) == (
        f"{tmp_path}/d.json:1: 's': the object {told}; "
        "expected 'sentence', 'entity' and 'category', lists that are [] for a sentence without entities"
    )


def test_unknown_keys_of_geic_are_counted(tmp_path: Path) -> None:
    value = {"sentence": "a", "entity": [], "category": [], "categories": []}
    assert read(tmp_path, json.dumps({"s": value}), "d.json") == (
        1,
        [f"unknown key 'categories' of sentences, which is close to 'category': 1 (first: {tmp_path}/d.json:1: 's')"],
    )


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("langauge", "language"),
        ("LANG", "lang"),
        ("entitys", "entities"),
        ("tag", None),
        ("label", None),
        ("url", None),
    ],
)
def test_close_keys_are_close_by_their_letters(key: str, known: str | None) -> None:
    assert misspelt(key, ["id", "text", "language", "lang", "entities", "tokens", "adapters"]) == known
