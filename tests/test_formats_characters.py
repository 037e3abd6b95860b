"""Column files with a token for each character."""

from __future__ import annotations

from pathlib import Path

import pytest
from random_documents import random_documents

from cascade import Document, Entity
from cascade.commands import convert
from data_formats.columns.characters import in_characters

GEIC = """{"s1": {"sentence": "王小明用iPhone 15。",
"entity": ["王小明", "iPhone 15"], "category": ["person", "product"]}}"""
BIO = [("王", "B-person"), ("小", "I-person"), ("明", "I-person"), ("用", "O"), ("i", "B-product")]
BIO += [(character, "I-product") for character in "Phone 15"] + [("。", "O")]


def test_geic_becomes_a_label_for_each_character_and_is_read_back(tmp_path: Path) -> None:
    geic, bio, back = tmp_path / "a.json", tmp_path / "a.conll", tmp_path / "b.json"
    geic.write_text(GEIC, encoding="utf-8")
    assert convert.main([str(geic), str(bio), "--characters"]) == 0
    assert bio.read_text(encoding="utf-8") == "".join(f"{token}\t{label}\n" for token, label in BIO) + "\n"
    assert convert.main([str(bio), str(back)]) == 0
    assert "".join(back.read_text(encoding="utf-8").split()) == "".join(GEIC.replace("s1", "line-1").split())


def test_marks_stay_with_their_letter_and_line_breaks_are_no_token() -> None:
    [document] = in_characters([Document("1", "e\u0301 a\nb")])
    assert document.tokens == ((0, 2), (2, 3), (3, 4), (5, 6))


@pytest.mark.parametrize("seed", range(20))
def test_characters_change_neither_texts_nor_entities(seed: int) -> None:
    given = random_documents(seed)
    for before, after in zip(given, in_characters(given), strict=True):
        assert (before.text, before.entities) == (after.text, after.entities)
        kept = {place for start, end in after.tokens or () for place in range(start, end)}
        assert all(character.isspace() for place, character in enumerate(before.text) if place not in kept)


def test_entities_may_begin_at_any_character() -> None:
    [document] = in_characters([Document("1", "abc", None, (Entity(1, 2, "x"),))])
    assert document.tokens == ((0, 1), (1, 2), (2, 3))
