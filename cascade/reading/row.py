"""Rows: passages packed behind one prefix, and batches of rows as tensors.

A prefix costs as much as the text of a short sentence; packed, it is paid once a row.  Packing changes no result: a
passage sees the prefix and itself, whatever else is in the row (shown in the tests against one text at a time).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cascade.reading.passage import Passage

Ints = NDArray[np.int64]
# padding that costs as much as another pass, whose weights have to come from memory again (2 CPU cores, int8 with our
# kernels: a pass takes 45 ms and 0.28 ms a token, 2026-11)
_A_PASS = 160
# the same of padding in attention, as pairs of a token and one that it may see
_A_PASS_PAIRS = 200_000


@dataclass(frozen=True, slots=True)
class Row:
    """A prefix and the passages behind it.

    ids, positions, segments, queries, branches: (tokens,).  Segment 0 is the prefix, k the k-th passage; queries and
    branches as in it. starts: (passages,), where each passage begins.
    """

    ids: Ints
    positions: Ints
    segments: Ints
    queries: Ints
    branches: Ints
    starts: Ints


def assemble(prefix: Sequence[int], passages: Sequence[Passage], *, after: int = 0) -> Row:
    """The row of `passages` behind `prefix`, in the given order.

    after: tokens of a prefix that is not in the row, where the positions go on; with a prefix in the row they go on
    behind both.
    """
    size = len(prefix)
    ids, positions = list(prefix), list(range(size))
    segments, queries, branches = [0] * size, [0] * size, [0] * size
    starts = []
    for number, passage in enumerate(passages, start=1):
        starts.append(len(ids))
        ids += passage.ids
        positions += [after + size + position for position in passage.positions]
        segments += [number] * len(passage)
        queries += passage.queries
        branches += passage.branches
    return Row(*(np.array(values, dtype=np.int64) for values in (ids, positions, segments, queries, branches, starts)))


def pack(lengths: Sequence[int], *, capacity: int, grain: int = 1) -> list[list[int]]:
    """Indices of the passages of each row: the longest first, each into the first row with room (first-fit decreasing).

    A passage longer than `capacity` opens a row of its own length, rounded up to a multiple of `grain`, so that nothing
    is cut.
    """
    rows: list[list[int]] = []
    room: list[int] = []
    first_open = 0
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        length = lengths[index]
        place = next((row for row in range(first_open, len(rows)) if room[row] >= length), None)
        if place is None:
            rows.append([])
            room.append(capacity if length <= capacity else -(-length // grain) * grain)
            place = len(rows) - 1
        rows[place].append(index)
        room[place] -= length
        while first_open < len(rows) and room[first_open] <= 0:
            first_open += 1
    return rows


def neighbours(sizes: Sequence[int], *, most: int) -> Iterator[list[int]]:
    """Indices of neighbours whose sizes sum up to at most `most`, or of one that is larger, in order."""
    part: list[int] = []
    total = 0
    for index, size in enumerate(sizes):
        if part and total + size > most:
            yield part
            part, total = [], 0
        part.append(index)
        total += size
    if part:
        yield part


def batches(
    rows: Sequence[Row],
    *,
    tokens: int,
    before: Sequence[int] | None = None,
    skips_padding: bool = False,
    fewest: bool = False,
) -> Iterator[list[int]]:
    """Indices of the rows of each batch, at most `tokens` tokens (or one row), the longest rows first.

    before: tokens that each row sees in front of its own.  skips_padding: whether padding costs attention alone, so
    that it does not count among the tokens.  Rows of like length come together: a batch ends where its padding would
    cost more than another pass.  fewest: it does not, as on a GPU, which computes thousands of tokens at once.
    """
    sizes, front = [len(row.ids) for row in rows], before or [0] * len(rows)
    batch = _Batch(skips_padding)
    for index in sorted(range(len(rows)), key=lambda i: (-sizes[i], i)):
        size, seen = sizes[index], front[index]
        if batch.members and (batch.tokens_with(size) > tokens or (not fewest and batch.padding_with(size, seen) > 1)):
            yield batch.members
            batch = _Batch(skips_padding)
        batch.add(index, size, seen)
    if batch.members:
        yield batch.members


@dataclass(slots=True)
class _Batch:
    """A batch to which shorter rows are added; own, pairs: of its tokens without padding."""

    skips_padding: bool
    members: list[int] = field(default_factory=list)
    longest: int = 0
    widest: int = 0
    own: int = 0
    pairs: int = 0

    def add(self, index: int, size: int, seen: int) -> None:
        self.members.append(index)
        self.longest, self.widest = max(self.longest, size), max(self.widest, seen)
        self.own, self.pairs = self.own + size, self.pairs + size * (seen + size)

    def tokens_with(self, size: int) -> int:
        """The tokens that would be read with one more row."""
        return self.own + size if self.skips_padding else (len(self.members) + 1) * self.longest

    def padding_with(self, size: int, seen: int) -> float:
        """What padding would cost with one more row, in passes."""
        padded = (len(self.members) + 1) * self.longest
        pairs = padded * (max(self.widest, seen) + self.longest) - self.pairs - size * (seen + size)
        return pairs / _A_PASS_PAIRS + (0 if self.skips_padding else (padded - self.own - size) / _A_PASS)


def stack(rows: Sequence[Row], *, pad_id: int, length: int | None = None) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """ids, positions, segments, queries and branches of `rows`, each (rows, length), padded at the right; padding is
    segment -1.

    length: tokens a row; the longest row's where it is None.
    """
    shape = (len(rows), max([len(row.ids) for row in rows] + ([length] if length else [])))
    ids, segments = np.full(shape, pad_id, dtype=np.int64), np.full(shape, -1, dtype=np.int64)
    positions, queries, branches = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for number, row in enumerate(rows):
        size = len(row.ids)
        ids[number, :size], positions[number, :size], segments[number, :size] = row.ids, row.positions, row.segments
        queries[number, :size], branches[number, :size] = row.queries, row.branches
    return ids, positions, segments, queries, branches
