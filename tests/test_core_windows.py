"""Windows over long texts: every piece is kept once, and none is too long."""

import itertools
import random

import pytest

from cascade.text.windows import Window, windows


def check(counts: list[int], size: int, overlap: int) -> None:
    """The promises that windows make, one after the other."""
    made = windows(counts, size=size, overlap=overlap)
    kept = [piece for window in made for piece in range(window.keep_first, window.keep_last)]
    assert kept == list(range(len(counts)))
    for window in made:
        assert window.first <= window.keep_first <= window.keep_last <= window.last
        assert sum(counts[window.first : window.last]) <= size or window.last == window.first + 1
    for left, right in itertools.pairwise(made):
        assert left.first < right.first <= left.last
        assert sum(counts[right.first : left.last]) <= overlap


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], []),
        ([1], [Window(0, 1, 0, 1)]),
        ([1] * 10, [Window(0, 10, 0, 10)]),  # just fits
        ([1] * 11, [Window(0, 10, 0, 8), Window(6, 11, 8, 11)]),  # four shared, two kept by each
        ([1] * 16, [Window(0, 10, 0, 8), Window(6, 16, 8, 16)]),
        ([1] * 17, [Window(0, 10, 0, 8), Window(6, 16, 8, 14), Window(12, 17, 14, 17)]),
        ([3, 3, 3, 3], [Window(0, 3, 0, 3), Window(2, 4, 3, 4)]),
        ([50], [Window(0, 1, 0, 1)]),  # a piece longer than a window is read whole
        ([1, 50, 1], [Window(0, 1, 0, 1), Window(1, 2, 1, 2), Window(2, 3, 2, 3)]),
    ],
)
def test_windows_by_hand(counts: list[int], expected: list[Window]) -> None:
    assert windows(counts, size=10, overlap=4) == expected


@pytest.mark.parametrize("seed", range(60))
def test_every_piece_is_kept_from_exactly_one_window(seed: int) -> None:
    source = random.Random(seed)
    size = source.randint(1, 40)
    counts = [source.choice((1, 1, 2, 3, source.randint(1, 60))) for _ in range(source.randint(1, 120))]
    check(counts, size, source.randint(0, size // 2))


def test_without_overlap_windows_part_the_pieces() -> None:
    made = windows([2] * 9, size=5, overlap=0)
    assert made == [Window(first, min(9, first + 2), first, min(9, first + 2)) for first in range(0, 9, 2)]


def test_one_window_where_the_text_fits() -> None:
    assert windows([2] * 128) == [Window(0, 128, 0, 128)]
    assert len(windows([2] * 129)) == 2


def test_a_long_piece_does_not_make_a_window_of_each_piece_before_it() -> None:
    found = windows([1] * 256 + [250] + [1] * 10)
    assert len(found) == 3
    assert [window.keep_first for window in found[1:]] == [window.keep_last for window in found[:-1]]
