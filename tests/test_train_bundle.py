"""Bundles: rows of one length together, as JSON and as tensors."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from cascade.reading.passage import Passage, Read
from train.rows.bundle import (
    BUNDLE_TOKENS,
    ROW_LENGTHS,
    TextRow,
    TrainingRow,
    bundles,
    collate,
    from_json,
    to_json,
    training_row,
)

FIRST = Passage((11, 12, 13), (0, 1, 2), (0, 0, 0), (0, 0, 0), (Read(0, 0), Read(2, 1)), (1, -1))
SECOND = Passage((21, 31), (0, 1), (0, 1), (0, 1), (Read(0, 1), Read(1, 0)), (2, 0))
TEXT = Passage((51, 52, 53), (0, 1, 2), (0, 0, 0), (0, 0, 0), ())


def row_of(length: int) -> TrainingRow:
    zeros = [0] * length
    return TrainingRow([1] * length, zeros, zeros, zeros, zeros, [0], [0], [0], [[1, 2]])


def test_a_training_row_holds_the_reads_with_known_answers() -> None:
    row = training_row((7, 8), [FIRST, SECOND], [(1, 2), (3, 4, 5)])
    assert row == TrainingRow(
        ids=[7, 8, 11, 12, 13, 21, 31],
        positions=[0, 1, 2, 3, 4, 2, 3],
        segments=[0, 0, 1, 1, 1, 2, 2],
        queries=[0, 0, 0, 0, 0, 0, 1],
        branches=[0, 0, 0, 0, 0, 0, 1],
        read_tokens=[2, 5, 6],
        read_questions=[0, 1, 0],
        answers=[1, 2, 0],
        questions=[[1, 2], [3, 4, 5]],
    )


@pytest.mark.parametrize(("length", "bucket"), [(1, 128), (128, 128), (129, 256), (512, 512), (513, 513), (2000, 2000)])
def test_a_row_belongs_to_the_shortest_length_that_holds_it(length: int, bucket: int) -> None:
    assert row_of(length).bucket == (bucket, 0)


def test_a_row_of_queries_holds_the_texts_that_are_read_before_it() -> None:
    row = training_row((7, 8), [SECOND, SECOND], [(1, 2), (3, 4, 5)], texts=[TEXT, TEXT], text_prefix=(5, 5, 5, 5, 5))
    assert row.text == TextRow([5] * 5, [51, 52, 53, 51, 52, 53], [5, 6, 7, 5, 6, 7], [1, 1, 1, 2, 2, 2])
    assert row.ids == [7, 8, 21, 31, 21, 31]
    assert row.positions == [3, 4, 5, 6, 5, 6]  # the prefix ends where the one before the texts does
    assert row.segments == [0, 0, 1, 1, 2, 2]
    assert (row.size, row.bucket) == (11, (64, 128))
    assert from_json(to_json([row])) == [row]
    tensors = collate([row, row], pad_id=9)
    assert tensors["input_ids"].shape == (2, 64)
    assert tensors["texts"] == [row.text] * 2


def test_rows_of_queries_on_long_texts_come_in_smaller_bundles() -> None:
    def row(queries: int, text: int) -> TrainingRow:
        return replace(row_of(queries), text=TextRow([1], [1] * text, [0] * text, [1] * text))

    sizes = [[len(bundle) for bundle in bundles([row(*lengths)] * 9)] for lengths in ((60, 100), (60, 500), (200, 9))]
    assert sizes == [[8, 1], [2, 2, 2, 2, 1], [2, 2, 2, 2, 1]]


@pytest.mark.parametrize("seed", range(10))
def test_bundles_hold_every_row_once_with_others_of_its_length(seed: int) -> None:
    source = random.Random(seed)
    rows = [
        row_of(source.choice((source.randint(1, 128), source.randint(1, 700)))) for _ in range(source.randint(0, 60))
    ]
    made = bundles(rows)
    assert sorted(id(row) for bundle in made for row in bundle) == sorted(map(id, rows))
    for bundle in made:
        assert len({row.bucket for row in bundle}) == 1
        assert len(bundle) == 1 or sum(row.bucket[0] for row in bundle) <= BUNDLE_TOKENS
    unfilled = [bundle for bundle in made if sum(row.bucket[0] for row in bundle) < BUNDLE_TOKENS]
    assert len(unfilled) <= len(ROW_LENGTHS)


def test_a_bundle_comes_back_from_json() -> None:
    bundle = [training_row((7, 8), [FIRST, SECOND], [(1, 2), (3, 4, 5)]), row_of(3)]
    assert from_json(to_json(bundle)) == bundle
    assert "\n" not in to_json(bundle)
    assert from_json(to_json([])) == []


def test_tensors_by_hand() -> None:
    rows = [training_row((7,), [SECOND], [(1, 2), (3, 4, 5)]), training_row((7, 8), [FIRST], [(3, 4, 5), (1, 2)])]
    tensors = collate(rows, pad_id=9)
    assert tensors["input_ids"].shape == (2, 128)
    assert tensors["input_ids"][:, :6].tolist() == [[7, 21, 31, 9, 9, 9], [7, 8, 11, 12, 13, 9]]
    layout = {name: part[:, :6].tolist() for name, part in tensors["layout"].items()}
    assert layout["positions"] == [[0, 1, 2, 0, 0, 0], [0, 1, 2, 3, 4, 0]]
    assert layout["segments"] == [[0, 1, 1, -1, -1, -1], [0, 0, 1, 1, 1, -1]]
    assert layout["queries"] == layout["branches"] == [[0, 0, 1, 0, 0, 0], [0] * 6]
    assert tensors["texts"] == []
    reads = tensors["reads"]
    assert reads.candidates == [[3, 4, 5], [1, 2]]  # equal questions of several rows are one
    assert reads.rows.tolist() == [0, 0, 1]
    assert reads.tokens.tolist() == [1, 2, 2]
    assert reads.questions.tolist() == [0, 1, 0]
    assert reads.answers.tolist() == [2, 0, 1]


def test_rows_of_several_lengths_are_padded_to_the_longest() -> None:
    assert collate([row_of(3), row_of(300)], pad_id=0)["input_ids"].shape == (2, 512)


def test_rows_without_answers_make_empty_reads() -> None:
    row = training_row((7,), [Passage((1,), (0,), (0,), (0,), (Read(0, 0),), (-1,))], [(1, 2)])
    assert collate([row], pad_id=0)["reads"].answers.tolist() == []
