"""Paragraphs of neighbouring sentences: entities stay exact, nothing is lost, the share is what was asked for."""

from __future__ import annotations

import random

import pytest

from cascade.document import Document, Entity
from train.paragraphs import MOST_CHARACTERS, MOST_SENTENCES, joined, with_paragraphs


def sentences(count: int) -> list[Document]:
    return [Document(str(number), f"Ada {number} came.", "en", (Entity(0, 3, "person"),)) for number in range(count)]


def test_sentences_are_joined_with_their_entities() -> None:
    first = Document("1", "Ada left.", "en", (Entity(0, 3, "person"),), ((0, 3), (4, 8), (8, 9)))
    second = Document("2", "Bob saw Rome", "en", (Entity(0, 3, "person"), Entity(8, 12, "location")))
    third = Document("3", "Ende", "de")
    whole = joined([first, second, third])
    assert whole == Document("1", "Ada left. Bob saw Rome\nEnde", "en", (Entity(0, 3, "person"), Entity(10, 13, "person"), Entity(18, 22, "location")))
    assert [whole.text[entity.start : entity.end] for entity in whole.entities] == ["Ada", "Bob", "Rome"]


def test_chinese_sentences_are_joined_without_a_blank() -> None:
    assert joined([Document("1", "他来了。", "zh"), Document("2", "她走了。", "zh")]).text == "他来了。她走了。"


def test_one_sentence_stays_as_it_is() -> None:
    (document,) = sentences(1)
    assert joined([document]) is document


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_groups_keep_the_order_and_the_share(share: float) -> None:
    documents = sentences(6000)
    groups = with_paragraphs(documents, share, random.Random(1))
    assert [document for group in groups for document in group] == documents
    assert max(map(len, groups)) <= MOST_SENTENCES
    in_paragraphs = sum(len(group) for group in groups if len(group) > 1)
    assert abs(in_paragraphs / len(documents) - share) < 0.03


def test_a_paragraph_is_not_longer_than_what_is_read_whole() -> None:
    documents = [Document(str(number), "x" * 200, "en") for number in range(50)]
    groups = with_paragraphs(documents, 1.0, random.Random(1))
    assert max(sum(len(document.text) for document in group) for group in groups) <= MOST_CHARACTERS
