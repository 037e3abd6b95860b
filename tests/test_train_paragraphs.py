"""Paragraphs to train on: nothing is lost, the share and the size are what was asked for."""

from __future__ import annotations

import random

import pytest

from cascade.document import Document, Entity
from train.corpora.paragraphs import MOST_CHARACTERS, MOST_SENTENCES, with_paragraphs


def sentences(count: int) -> list[Document]:
    return [Document(str(number), f"Ada {number} came.", "en", (Entity(0, 3, "person"),)) for number in range(count)]


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


def test_a_paragraph_may_be_of_more_sentences_where_a_corpus_asks_for_it() -> None:
    documents = sentences(3000)
    sizes = [len(group) for group in with_paragraphs(documents, 1.0, random.Random(1), 12)]
    assert sum(sizes) == len(documents)
    assert set(sizes[:-1]) == set(range(2, 13))
