"""Texts that were read in the wrong encoding."""

from __future__ import annotations

import pytest

from cascade.document import Document, Entity
from train.misread import is_misread, put_right

TEXT = "Größe, Übermut, Äpfel, Öl: François läßt § 5 gelten"


@pytest.mark.parametrize("wrong", ["mac-cyrillic", "cp1251", "koi8-r", "cp437", "latin-1"])
def test_what_a_wrong_encoding_made_of_a_text_is_undone_and_offsets_stay(wrong: str) -> None:
    misread = TEXT.encode("latin-1").decode(wrong)
    document = Document("1", misread, "de", (Entity(7, 14, "x"),), tokens=((0, 5), (7, 14)))
    found = put_right(document, {"as": wrong, "is": "latin-1"})
    assert found.text == TEXT
    assert (found.id, found.language, found.entities, found.tokens) == (document.id, document.language, document.entities, document.tokens)


def test_characters_that_the_wrong_encoding_does_not_have_stay() -> None:
    assert put_right(Document("1", "ь 東京 \U0001f600"), {"as": "cp1251", "is": "latin-1"}).text == "ü 東京 \U0001f600"


@pytest.mark.parametrize("name", ["utf-8", "utf-16", "gbk", "ascii", "cp037", "hex", "idna", "no such", ""])
def test_encodings_of_more_than_a_byte_a_character_and_unknown_ones_are_refused(name: str) -> None:
    assert is_misread({"as": "cp1251", "is": "latin-1"})
    assert not is_misread({"as": name, "is": "latin-1"})
    assert not is_misread({"as": "cp1251", "is": name})


@pytest.mark.parametrize("value", [None, "cp1251", {}, {"as": "cp1251"}, {"as": "cp1251", "is": 3}, {"as": "cp1251", "is": "latin-1", "of": "utf-8"}])
def test_other_values_are_refused(value: object) -> None:
    assert not is_misread(value)
