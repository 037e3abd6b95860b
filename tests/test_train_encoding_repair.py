"""Texts that were read in the wrong encoding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from cascade.document import Document, Entity
from data_formats.json_lines import to_object
from train.corpora.encoding_repair import is_encoding_repair, with_repaired_encoding
from train.corpora.loading import load_corpora, unseen_dev

TEXT = "Größe, Übermut, Äpfel, Öl: François läßt § 5 gelten"


@pytest.mark.parametrize("wrong", ["mac-cyrillic", "cp1251", "koi8-r", "cp437", "latin-1"])
def test_what_a_wrong_encoding_made_of_a_text_is_undone_and_offsets_stay(wrong: str) -> None:
    misread = TEXT.encode("latin-1").decode(wrong)
    document = Document("1", misread, "de", (Entity(7, 14, "x"),), tokens=((0, 5), (7, 14)))
    found = with_repaired_encoding(document, {"as": wrong, "is": "latin-1"})
    assert found.text == TEXT
    assert (found.id, found.language, found.entities, found.tokens) == (
        document.id,
        document.language,
        document.entities,
        document.tokens,
    )


def test_characters_that_the_wrong_encoding_does_not_have_stay() -> None:
    assert (
        with_repaired_encoding(Document("1", "ь 東京 \U0001f600"), {"as": "cp1251", "is": "latin-1"}).text
        == "ü 東京 \U0001f600"
    )


@pytest.mark.parametrize("name", ["utf-8", "utf-16", "gbk", "ascii", "cp037", "hex", "idna", "no such", ""])
def test_encodings_of_more_than_a_byte_a_character_and_unknown_ones_are_refused(name: str) -> None:
    assert is_encoding_repair({"as": "cp1251", "is": "latin-1"})
    assert not is_encoding_repair({"as": name, "is": "latin-1"})
    assert not is_encoding_repair({"as": "cp1251", "is": name})


@pytest.mark.parametrize(
    "value",
    [None, "cp1251", {}, {"as": "cp1251"}, {"as": "cp1251", "is": 3}, {"as": "cp1251", "is": "latin-1", "of": "utf-8"}],
)
def test_other_values_are_refused(value: object) -> None:
    assert not is_encoding_repair(value)


def test_texts_of_a_corpus_are_put_right_where_its_entry_says_so(tmp_path: Path) -> None:
    documents = [
        Document("0", "Ada 0 ."),
        Document("1", "Ada 1 ."),
        Document("2", "Frьh in Kцln .", "de", (Entity(8, 12, "LOC"),)),
    ]
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps(to_object(document)) + "\n" for document in documents), encoding="utf-8"
    )
    entry = {"path": "a.jsonl", "hold_out": 1, "encoding_repair": {"as": "mac-cyrillic", "is": "latin-1"}}
    (tmp_path / "mixture.yaml").write_text(yaml.safe_dump({"corpora": [entry]}), encoding="utf-8")
    [corpus] = load_corpora(tmp_path / "mixture.yaml", data_root=None, seed=1)
    assert [(document.text, document.text[8:12]) for document in corpus.dev] == [("Früh in Köln .", "Köln")]
    assert {document.text for document in corpus.documents} == {"Ada 0 .", "Ada 1 ."}
    assert [document.text for document in unseen_dev(entry, tmp_path)[0]] == ["Früh in Köln ."]
