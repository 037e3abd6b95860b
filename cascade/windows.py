"""Windows over long texts: overlapping runs of pieces, each read by itself and joined by piece, so that nothing is cut silently."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

WINDOW_TOKENS = 384  # a text up to this long is one window; the embedded model's local layers see 512 tokens, the types included
OVERLAP_TOKENS = 96


class Window(NamedTuple):
    """Pieces first..last (half-open) that are read together, of which keep_first..keep_last (half-open) are taken from this window."""

    first: int
    last: int
    keep_first: int
    keep_last: int


def windows(token_counts: Sequence[int], *, size: int = WINDOW_TOKENS, overlap: int = OVERLAP_TOKENS) -> list[Window]:
    """Windows of at most `size` tokens (or one piece) over pieces of `token_counts` tokens; each piece is kept from exactly one window.

    Neighbours share about `overlap` tokens and meet in the middle of what they share, so that every decision has context on both sides.
    """
    if not token_counts:
        return []
    bounds = []
    first = 0
    while True:
        last, tokens = first, 0
        while last < len(token_counts) and (last == first or tokens + token_counts[last] <= size):
            tokens += token_counts[last]
            last += 1
        bounds.append((first, last))
        if last == len(token_counts):
            break
        following, shared = last, 0
        while following > first + 1 and shared + token_counts[following - 1] <= overlap:
            following -= 1
            shared += token_counts[following]
        first = following
    seams = [0, *((left[1] + right[0] + 1) // 2 for left, right in pairwise(bounds)), len(token_counts)]
    return [Window(first, last, seams[index], seams[index + 1]) for index, (first, last) in enumerate(bounds)]
