"""Rare types brought forward: how often, against the weights, and nothing lost."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from cascade import Document
from cascade.document import Entity
from data_formats import write
from train.corpora.loading import load_corpora
from train.corpora.type_balance import by_rare_types


def document(*types: str, number: int = 0) -> Document:
    return Document(
        id=f"{number}",
        text="a b c",
        entities=tuple(Entity(2 * place, 2 * place + 1, name) for place, name in enumerate(types)),
    )


GROUPS = [
    [document("person")],
    [document("person", "song")],
    [document()],
    [document("person"), document("place")],
    [document("place")],
    [document("person")],
]


def test_each_comes_first_as_often_as_its_weight_says() -> None:
    weights = [1.0, 4.0, 1.0, 2.0, 2.0, 1.0]  # persons 4, places 2, songs 1
    for balance in (0.0, 0.5, 1.0):
        source, first = random.Random(1), Counter[int]()
        for _ in range(20_000):
            ordered = by_rare_types(GROUPS, balance, source)
            first[next(place for place, group in enumerate(GROUPS) if group is ordered[0])] += 1
        total = sum(weight**balance for weight in weights)
        assert [first[place] / 20_000 for place in range(6)] == pytest.approx(
            [weight**balance / total for weight in weights], abs=0.012
        )
        assert sorted(map(id, ordered)) == sorted(map(id, GROUPS))


def test_no_documents_and_documents_without_entities() -> None:
    assert by_rare_types([], 1.0, random.Random(1)) == []
    assert by_rare_types([[document()]], 1.0, random.Random(1)) == [[document()]]


def test_a_mixture_draws_more_of_a_rare_type(tmp_path: Path) -> None:
    write(
        [document("song" if number % 20 == 0 else "person", number=number) for number in range(400)],
        str(tmp_path / "a.jsonl"),
        "jsonl",
    )
    songs = []
    for balance in ("", ", type_balance: 1"):
        (tmp_path / "mixture.yaml").write_text(
            f"corpora: [{{path: a.jsonl, documents: 40{balance}}}]", encoding="utf-8"
        )
        (corpus,) = load_corpora(tmp_path / "mixture.yaml", data_root=None, seed=1)
        assert len(corpus.documents) == 40
        songs.append(sum(entity.type == "song" for document in corpus.documents for entity in document.entities))
    assert songs[0] < 6 < songs[1]
