"""Lists of tokens and labels, as Hugging Face's data sets have them: JSON lines, JSON lists and Parquet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.labelled_tokens import OTHER_TEXTS
from data_formats.registry import opened
from data_formats.report import EMPTY_TOKENS, MARKS_FOR_OUTSIDE, Report

ADA = Document("a", "Ada lived", None, (Entity(0, 3, "PER"),), ((0, 3), (4, 9)))
BERN = Document("b", "Bern", None, (Entity(0, 4, "LOC"),), ((0, 4),))
ROWS = [{"id": "a", "tokens": ["Ada", "lived"], "ner_tags": ["B-PER", "O"]}]
ROWS += [{"id": "b", "tokens": ["Bern"], "ner_tags": ["B-LOC"]}]
NAMES = ["O", "B-PER", "I-PER", "B-LOC"]
NUMBERS = [{**row, "ner_tags": [NAMES.index(tag) for tag in row["ner_tags"]]} for row in ROWS]
ASKED = (
    "and the file does not name them; name them in the order of their numbers with --label-names, as in --label-names "
    "O,B-PER,I-PER: an option of evaluate.py and python -m data_formats"
)


def read(file: Path, rows: list[Any], **options: Any) -> tuple[list[Document], Report]:
    if file.suffix == ".parquet":
        pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    else:
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        file.write_text(json.dumps(rows) if file.suffix == ".json" else lines, encoding="utf-8")
    report = Report()
    return list(data_formats.read(file, report=report, **options)), report


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet"])
def test_labels_are_read_and_nothing_is_lost(tmp_path: Path, name: str) -> None:
    found, report = read(tmp_path / name, ROWS)
    assert (found, report.lines()) == ([ADA, BERN], [])


@pytest.mark.parametrize("labels", ["ner_tags", "ner_tags_str", "ner", "iob_labels", "tags", "labels"])
@pytest.mark.parametrize("tokens", ["tokens", "words"])
def test_other_keys_are_known(tmp_path: Path, tokens: str, labels: str) -> None:
    rows = [{"id": row["id"], tokens: row["tokens"], labels: row["ner_tags"]} for row in ROWS]
    assert read(tmp_path / "a.jsonl", rows)[0] == [ADA, BERN]
    assert opened(tmp_path / "a.jsonl").format.name == "tokens-json"


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet"])
def test_numbers_need_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError, match=": token 1: the label in 'ner_tags' is the number 1, ") as caught:
        read(tmp_path / name, NUMBERS)
    assert str(caught.value).endswith(ASKED)
    assert read(tmp_path / name, NUMBERS, label_names="O, B-PER,I-PER,B-LOC")[0] == [ADA, BERN]
    with pytest.raises(FormatError, match="is the number 3; expected 0 to 2, as there are 3 names of labels"):
        read(tmp_path / name, NUMBERS, label_names="O,B-PER,I-PER")


def test_names_in_parquet_are_those_of_the_data_set(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    label = {"names": NAMES, "_type": "ClassLabel"}
    for feature in ({"feature": label, "_type": "Sequence"}, {"feature": label, "_type": "List"}, [label]):
        features = {"tokens": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"}, "ner_tags": feature}
        table = pyarrow.Table.from_pylist(NUMBERS)
        told = {"huggingface": json.dumps({"info": {"features": features}})}
        parquet.write_table(table.replace_schema_metadata(told), tmp_path / "a.parquet")
        assert list(data_formats.read(tmp_path / "a.parquet")) == [ADA, BERN]


def test_a_file_of_the_package_datasets_is_read(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    label = datasets.ClassLabel(names=NAMES)
    features = {"id": datasets.Value("string"), "tokens": datasets.Sequence(datasets.Value("string"))}
    features["ner_tags"] = datasets.Sequence(label)
    made = datasets.Dataset.from_list(NUMBERS, features=datasets.Features(features))
    made.to_parquet(str(tmp_path / "a.parquet"))
    assert list(data_formats.read(tmp_path / "a.parquet")) == [ADA, BERN]


@pytest.mark.parametrize(
    ("tokens", "labels", "entities"),
    [
        (["Ada", "B.", "lived"], ["B-PER", "E-PER", "O"], [(0, 6, "PER")]),
        (["Ada", "B.", "lived"], ["I-PER", "I-PER", "O"], [(0, 6, "PER")]),
        (["Ada", "B.", "x", "y", "z"], ["PER", "PER", "O", "O", "O"], [(0, 6, "PER")]),
        (["Ada", "lived"], ["U-PER", "-"], [(0, 3, "PER")]),
    ],
)
def test_schemes_are_found_as_in_columns(
    tmp_path: Path, tokens: list[str], labels: list[str], entities: list[tuple[int, int, str]]
) -> None:
    [document], report = read(tmp_path / "a.jsonl", [{"tokens": tokens, "ner_tags": labels}])
    assert [(each.start, each.end, each.type) for each in document.entities] == entities
    assert report.losses == ({MARKS_FOR_OUTSIDE: 1} if "-" in labels else {})


def test_tokens_are_joined_as_in_columns(tmp_path: Path) -> None:
    rows = [{"tokens": ["北", "京"], "ner_tags": ["B-LOC", "I-LOC"]}]
    assert [each.text for each in read(tmp_path / "a.jsonl", rows)[0]] == ["北京"]
    assert [each.text for each in read(tmp_path / "a.jsonl", rows, join="space")[0]] == ["北 京"]


def test_a_text_beside_the_tokens_is_kept_if_they_are_in_it(tmp_path: Path) -> None:
    rows = [
        {"text": "(Ada)", "tokens": ["(", "Ada", ")"], "ner_tags": ["O", "B-PER", "O"]},
        {"text": "Eve!", "tokens": ["Ada"], "ner_tags": ["B-PER"]},
    ]
    found, report = read(tmp_path / "a.jsonl", rows)
    assert [(each.text, each.entities[0].span) for each in found] == [("(Ada)", (1, 4)), ("Ada", (0, 3))]
    assert report.losses == {OTHER_TEXTS: 1}
    assert [each.text for each in data_formats.read_texts(tmp_path / "a.jsonl")] == ["(Ada)", "Eve!"]


def test_empty_tokens_and_other_keys_are_counted(tmp_path: Path) -> None:
    row = {"tokens": ["Ada", "", "B."], "ner_tags": ["B-PER", "O", "I-PER"], "pos_tags": [1, 2, 3], "lang": "en"}
    [document], report = read(tmp_path / "a.jsonl", [row])
    assert (document.text, document.entities, document.language) == ("Ada B.", (Entity(0, 6, "PER"),), "en")
    assert report.losses == {EMPTY_TOKENS: 1, "unknown key 'pos_tags' of documents": 1}


def test_the_key_of_the_labels_can_be_named(tmp_path: Path) -> None:
    row = {**ROWS[0], "fine": ["B-artist", "O"]}
    [document], report = read(tmp_path / "a.jsonl", [row], label_column="fine")
    assert document.entities == (Entity(0, 3, "artist"),)
    assert report.losses == {"unknown key 'ner_tags' of documents": 1}
    [document], _ = read(tmp_path / "a.jsonl", [row], label_column="none")
    assert (document.text, document.entities) == ("Ada lived", ())


def test_labels_that_are_texts_go_before_numbers(tmp_path: Path) -> None:
    row = {**NUMBERS[0], "labels": ["B-X", "O"]}
    [document], _ = read(tmp_path / "a.jsonl", [row])
    assert document.entities == (Entity(0, 3, "X"),)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"tokens": ["Ada"], "ner_tags": ["B-PER", "O"]},
            ": 1 in 'tokens' and 2 in 'ner_tags'; expected a label for each token",
        ),
        (
            {"tokens": ["Ada", "x"], "ner_tags": ["O", "I-PER"]},
            ": token 2: label 'I-PER' follows 'O'; an I- label needs B- or I- of the same type before it. Fix the file "
            "or read it with --repair begin, an option of evaluate.py and python -m data_formats.",
        ),
        (
            {"tokens": ["", "x"], "ner_tags": ["B-PER", "O"]},
            ": token 1: the token is empty, but its label is 'B-PER'; expected a token for it",
        ),
        ({"tokens": ["x"]}, ": the row has no 'ner_tags', only 'tokens'; expected a list with an item for each token"),
        ({"tokens": [1], "ner_tags": ["O"]}, ": a token is 1; expected a text"),
        ({"tokens": ["x"], "ner_tags": [None]}, ": a label in 'ner_tags' is None; expected a text"),
    ],
)
def test_faults_are_told(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path / "a.jsonl", [ROWS[0], row], scheme="bio")
    assert str(caught.value) == f"{tmp_path}/a.jsonl:2{message}"


def test_a_table_of_texts_takes_no_options_of_tokens(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path / "a.parquet", [{"text": "Ada"}], scheme="bio")
    assert str(caught.value) == (
        f"{tmp_path}/a.parquet: --scheme: for rows with lists of tokens and labels, and this file is read as a table "
        "of texts; leave it out"
    )


def test_texts_of_parquet_go_before_tokens_where_no_labels_are_read(tmp_path: Path) -> None:
    row = {"text": "(Ada)", "tokens": ["(", "Ada", ")"], "ner_tags": ["O", "B-PER", "O"]}
    [document], _ = read(tmp_path / "a.parquet", [row])
    assert document.entities == (Entity(1, 4, "PER"),)
    [document] = data_formats.read_texts(tmp_path / "a.parquet")
    assert (document.text, document.fields) == ("(Ada)", {"tokens": row["tokens"], "ner_tags": row["ner_tags"]})
    [document], _ = read(tmp_path / "a.parquet", [row], text_column="text")
    assert document.entities == ()
