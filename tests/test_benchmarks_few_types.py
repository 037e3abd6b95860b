"""Asking for few of a corpus' types: which are drawn, what is scored, the table."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save_adapter

from benchmarks.few_types import main, measure, rounds, with_broader_types, without_kinds
from cascade import Document, Entity
from cascade.model.base_model import BaseModel
from cascade.scoring.report import Counts
from data_formats import write

DOCUMENTS = [
    Document(
        "1", "Ada met Bob in London", "en", (Entity(0, 3, "person"), Entity(8, 11, "person"), Entity(15, 21, "place"))
    ),
    Document("2", "the red cross in Rome", "en", (Entity(4, 13, "company"), Entity(17, 21, "place"))),
]


@pytest.mark.parametrize("size", [1, 3, 6])
def test_every_type_stands_in_as_many_lists(size: int) -> None:
    asked = rounds(list("abcdefg"), size, random.Random(1))
    assert [len(set(types)) for types in asked] == [size] * 7
    assert Counter(name for types in asked for name in types) == dict.fromkeys("abcdefg", size)
    assert asked == rounds(list("abcdefg"), size, random.Random(1))
    assert asked != rounds(list("abcdefg"), size, random.Random(2))


def test_only_what_was_asked_for_is_scored() -> None:
    asked: list[list[str]] = []

    class Found:
        def __call__(self, documents: list[Document], types: list[str]) -> list[Document]:
            assert not any(document.entities for document in documents)
            asked.append(types)
            return [document.with_entities([Entity(0, 3, types[0])]) for document in documents]

    found: Any = Found()
    counts, interval = measure(found, DOCUMENTS, [["person"], ["place", "company"]])
    assert counts == Counts(tp=1, fp=3, fn=4)  # the other types' entities are no misses
    assert 0 <= interval.low <= counts.f1 <= interval.high <= 1
    assert asked == [["person"], ["place", "company"]]


def test_a_kind_of_what_was_asked_for_counts_neither_way() -> None:
    truth = Document("1", "Ada met Bob", "en", (Entity(0, 3, "writer"), Entity(8, 11, "person")))
    found = truth.with_entities(
        [
            Entity(0, 3, "person"),
            Entity(0, 3, "place"),
            Entity(4, 7, "person"),
            Entity(8, 11, "person"),
            Entity(8, 11, "writer"),
        ]
    )
    kept = [(entity.start, entity.type) for entity in without_kinds(found, truth, ["person", "place"]).entities]
    assert kept == [(0, "place"), (4, "person"), (8, "person"), (8, "writer")]  # every person is no writer
    assert without_kinds(found, truth, ["person", "writer"]) == found  # who asks for both wants them told apart


def test_scores_do_not_make_entities_others() -> None:
    def found(documents: list[Document], types: list[str]) -> list[Document]:
        return [document.with_entities([Entity(0, 3, "person", 0.9)]) for document in documents]

    cascade: Any = found
    assert measure(cascade, DOCUMENTS[:1], [["person"]])[0] == Counts(tp=1, fp=0, fn=1)


def test_the_command_prints_a_row_a_number_and_their_means(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for stage in ("extractor", "classifier"):
        save_adapter(gemma, gemma_folder, tmp_path / "adapters" / stage, stage=stage, languages=["en"], seed=len(stage))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(DOCUMENTS, str(tmp_path / name / "dev.jsonl"), "jsonl")
    places = [
        "--data",
        str(tmp_path),
        "--base",
        str(gemma_folder),
        "--adapters",
        str(tmp_path / "adapters"),
        "--json",
        str(tmp_path / "out.json"),
    ]
    assert main([*places, "--min-score", "0", "--corpora", "a/dev,b/dev", "--sizes", "1", "3"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [line[:3] for line in lines[:3]] == [["a/dev", "1", "6"], ["a/dev", "all", "2"], ["a/dev", "broader", "2"]]
    assert [line[:5] for line in lines[6:]] == [
        ["mean", "of", "the", "corpora", each] for each in ("1", "all", "broader")
    ]
    written = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [(row["types"], row["tp"] + row["fn"]) for row in written[:6]] == [("1", 5), ("all", 5), ("broader", 1)] * 2
    assert [(row["corpus"], row["types"]) for row in written[6:]] == [
        ("mean", "1"),
        ("mean", "all"),
        ("mean", "broader"),
    ]
    assert written[6]["f1"] == pytest.approx((written[0]["f1"] + written[3]["f1"]) / 2)


def test_kinds_are_called_by_their_broader_name() -> None:
    truth = Document(
        "1", "Ada met Bob in Rome", "en", (Entity(0, 3, "writer"), Entity(8, 11, "person"), Entity(15, 19, "river"))
    )
    assert with_broader_types([truth])[0].entities == (Entity(0, 3, "person"), Entity(8, 11, "person"))
