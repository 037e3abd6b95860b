"""Batches that were halved because memory ran out grow again."""

from __future__ import annotations

import logging

import pytest

from cascade.reading.memory_limit import MemoryLimit, is_out_of_memory


def test_batches_grow_again_after_enough_of_them_fitted(caplog: pytest.LogCaptureFixture) -> None:
    limit = MemoryLimit(patience=2)
    limit.lower(rows=8, tokens=1000)
    limit.lower(rows=4, tokens=500)
    assert (limit.of(1024), limit.patience) == (250, 4)
    sizes = []
    while limit.tokens is not None:
        limit.fits(1024)
        sizes.append(limit.of(1024))
    assert sizes == [250] * 3 + [500] * 4 + [1000] * 4 + [1024] * 5
    assert limit.patience == 16
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "out of memory with 1,000 tokens at once; going on with half as many"),
        (logging.WARNING, "memory suffices again for 1,024 tokens at once"),
    ]


def test_where_memory_stays_short_larger_batches_are_tried_ever_more_rarely() -> None:
    limit, batches = MemoryLimit(patience=2), 0
    tries: list[int] = []
    limit.lower(rows=8, tokens=800)
    while len(tries) < 5:
        batches += 1
        if limit.of(800) > 400:
            limit.lower(rows=2, tokens=limit.of(800))
            tries.append(batches)
        else:
            limit.fits(800)
    assert tries == [3, 8, 17, 34, 67]


def test_nothing_is_counted_while_memory_suffices() -> None:
    limit = MemoryLimit()
    limit.fits(1024)
    assert (limit.fitted, limit.of(1024)) == (0, 1024)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:121] ... DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("could not create a primitive"), True),  # oneDNN's, seen where RLIMIT_AS was reached
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_says_that_memory_ran_out(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
