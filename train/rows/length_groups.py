"""The order of rows whose batches hold rows of like length, so that little is padded, and come in any order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

_TOGETHER = 50  # batches whose rows are sorted together


def in_length_groups(lengths: Sequence[int], batch: int, seed: int) -> Iterator[int]:
    """The indices of rows, without end, one pass over all of them after the other, each in another order.

    Rows are shuffled and those of 50 batches sorted by length; then these batches are shuffled. ms-swift's
    `group_by_length` leaves that out: its batches go from long rows to short ones 50 steps long, to the end of the
    training, and a model learns that answers are short. Raises ValueError for no rows.
    """
    if not lengths:
        raise ValueError("there are no rows; expected some")
    source = random.Random(seed)
    while True:
        order = list(range(len(lengths)))
        source.shuffle(order)
        for start in range(0, len(order), _TOGETHER * batch):
            together = sorted(order[start : start + _TOGETHER * batch], key=lambda index: lengths[index])
            batches = [together[first : first + batch] for first in range(0, len(together), batch)]
            source.shuffle(batches)
            for each in batches:
                yield from each
