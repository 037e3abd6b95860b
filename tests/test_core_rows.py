"""Rows and batches: every passage once, in a row with room for it."""

import random

import numpy as np
import pytest

from cascade.reading.passage import Passage, Read
from cascade.reading.row import assemble, batches, pack, stack

TEXT = Passage((11, 12, 13), (0, 1, 2), (0, 0, 0), (0, 0, 0), (Read(2, 0),))
QUERIED = Passage((21, 22, 31, 41), (0, 1, 1, 2), (0, 0, 1, 1), (0, 0, 0, 2), (Read(1, 0), Read(2, 1)))


def test_a_row_by_hand() -> None:
    row = assemble((7, 8), [QUERIED, TEXT, QUERIED])
    assert row.ids.tolist() == [7, 8, 21, 22, 31, 41, 11, 12, 13, 21, 22, 31, 41]
    assert row.positions.tolist() == [0, 1, 2, 3, 3, 4, 2, 3, 4, 2, 3, 3, 4]  # each passage goes on from the prefix
    assert row.segments.tolist() == [0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3]
    assert row.queries.tolist() == [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1]
    assert row.branches.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 2]
    assert row.starts.tolist() == [2, 6, 9]


def test_positions_go_on_behind_a_prefix_that_is_not_in_the_row() -> None:
    assert assemble((), [TEXT], after=5).positions.tolist() == [5, 6, 7]
    assert assemble((), [TEXT], after=5).segments.tolist() == [1, 1, 1]


def test_stacked_rows_are_padded_at_the_right() -> None:
    rows = [assemble((7,), [TEXT]), assemble((7,), [])]
    ids, positions, segments, queries, branches = stack(rows, pad_id=99)
    assert ids.tolist() == [[7, 11, 12, 13], [7, 99, 99, 99]]
    assert positions.tolist() == [[0, 1, 2, 3], [0, 0, 0, 0]]
    assert segments.tolist() == [[0, 1, 1, 1], [0, -1, -1, -1]]
    assert queries.tolist() == branches.tolist() == [[0] * 4] * 2
    assert stack(rows, pad_id=99, length=6)[0].tolist() == [[7, 11, 12, 13, 99, 99], [7, 99, 99, 99, 99, 99]]
    assert stack(rows, pad_id=99, length=2)[0].shape == (2, 4)  # never shorter than a row


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([], []),
        ([10], [[0]]),
        ([4, 6, 3, 7], [[3, 2], [1, 0]]),  # the longest first, each into the first row with room
        ([5, 5, 5], [[0, 1], [2]]),
        ([11, 10, 25], [[2], [0], [1]]),  # longer than a row: one of its own, before the others
    ],
)
def test_packing_by_hand(lengths: list[int], expected: list[list[int]]) -> None:
    assert pack(lengths, capacity=10) == expected


@pytest.mark.parametrize("seed", range(30))
def test_packing_equals_first_fit_decreasing(seed: int) -> None:
    source = random.Random(seed)
    lengths = [source.randint(1, 60) for _ in range(source.randint(0, 80))]
    capacity = source.randint(10, 80)
    expected: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        for row in expected:
            if sum(lengths[other] for other in row) + lengths[index] <= capacity:
                row.append(index)
                break
        else:
            expected.append([index])
    rows = pack(lengths, capacity=capacity)
    assert rows == expected
    assert sorted(index for row in rows for index in row) == list(range(len(lengths)))
    assert all(sum(lengths[index] for index in row) <= capacity or len(row) == 1 for row in rows)


@pytest.mark.parametrize("seed", range(30))
def test_batches_hold_every_row_once_and_at_most_their_tokens(seed: int) -> None:
    source = random.Random(seed)
    rows = [assemble(range(source.randint(1, 50)), []) for _ in range(source.randint(0, 40))]
    tokens = source.randint(1, 200)
    made = list(batches(rows, tokens=tokens))
    assert sorted(index for batch in made for index in batch) == list(range(len(rows)))
    lengths = [[len(rows[index].ids) for index in batch] for batch in made]
    assert all(len(batch) * max(batch) <= tokens or len(batch) == 1 for batch in lengths)
    assert [length for batch in lengths for length in batch] == sorted((len(row.ids) for row in rows), reverse=True)


def test_rows_share_a_batch_until_its_padding_costs_more_than_another_pass() -> None:
    def made(*lengths: int, tokens: int = 1024) -> list[list[int]]:
        rows = [assemble(range(length), []) for length in lengths]
        return [[lengths[index] for index in batch] for batch in batches(rows, tokens=tokens)]

    assert made(9, 1, 2, 5, 1) == [[9, 5, 2, 1, 1]]
    assert made(9, 1, 2, 5, 1, tokens=18) == [[9, 5], [2, 1, 1]]
    assert made(64, 64, 60, 40, 2) == [[64, 64, 60, 40, 2]]
    assert made(64, 20, 2, 20, 20) == [[64, 20, 20, 20], [2]]
    assert made(200, 30, 3) == [[200], [30, 3]]


def test_where_padding_is_free_only_attention_to_it_ends_a_batch() -> None:
    def made(*lengths: int, before: int = 0, tokens: int = 1024, **options: bool) -> list[list[int]]:
        rows = [assemble(range(length), []) for length in lengths]
        found = batches(rows, tokens=tokens, before=[before] * len(rows), **options)
        return [[lengths[index] for index in batch] for batch in found]

    assert made(200, 30, 3, skips_padding=True) == [[200, 30, 3]]
    assert made(200, 30, 3, skips_padding=True, tokens=232) == [[200, 30], [3]]
    assert made(200, 30, 3, skips_padding=True, before=1000) == [[200], [30, 3]]  # 170 tokens that see 1,200 more
    assert made(200, 30, 3, before=1000, fewest=True) == [[200, 30, 3]]
    assert made(200, 30, 3, before=1000, fewest=True, tokens=400) == [[200, 30], [3]]


def test_rows_hold_integers_that_tensors_take() -> None:
    assert all(array.dtype == np.int64 for array in stack([assemble((1,), [TEXT])], pad_id=0))
