"""The order of rows in trainings of models that generate."""

from __future__ import annotations

import random
from itertools import islice, pairwise
from statistics import mean

import pytest

from train.rows.length_groups import in_length_groups

LENGTHS = random.Random(3).choices(range(1, 500), k=1000)


def passes(batch: int, seed: int, count: int) -> list[list[int]]:
    order = in_length_groups(LENGTHS, batch, seed)
    return [list(islice(order, len(LENGTHS))) for _ in range(count)]


def test_each_pass_holds_all_rows_once_in_another_order() -> None:
    first, second = passes(8, 1, 2)
    assert sorted(first) == sorted(second) == list(range(1000))
    assert first != second
    assert passes(8, 1, 2) == [first, second]
    assert passes(8, 2, 1) != [first]


def test_rows_of_a_batch_are_of_like_length() -> None:
    [order] = passes(8, 1, 1)
    batches = [[LENGTHS[index] for index in order[start : start + 8]] for start in range(0, 1000, 8)]
    assert mean(max(each) - min(each) for each in batches) < 30  # of 500


def test_batches_do_not_go_from_long_to_short() -> None:
    [order] = passes(8, 1, 1)
    means = [mean(LENGTHS[index] for index in order[start : start + 8]) for start in range(0, 1000, 8)]
    falls = sum(after < before for before, after in pairwise(means))
    assert 40 <= falls <= 84  # of 124; all but two where each 50 batches go from long to short
    assert min(means[-10:]) < mean(LENGTHS) < max(means[-10:])


def test_no_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="there are no rows"):
        next(in_length_groups([], 8, 1))
