"""Splits long documents for training: between sentences if possible, and not inside an entity.

No part would hold such an entity whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate


def parts(
    token_counts: Sequence[int], starts: Sequence[int], spans: Sequence[tuple[int, int]], *, size: int
) -> Iterator[tuple[int, int]]:
    """Half-open ranges of pieces that together cover all pieces in order, each of at most `size` tokens or one piece.

    token_counts: the tokens of each piece. starts: the pieces that begin sentences, in order. spans: the first and last
    piece of each span that must not be cut; spans of more than `size` tokens are ignored. A part ends before the last
    sentence that does not fit into it. If there is none, it ends before the last piece that cuts no span; if every
    piece cuts one, it ends when it is full.
    """
    ends = list(accumulate(token_counts, initial=0))
    inside = {
        piece for first, last in spans if ends[last + 1] - ends[first] <= size for piece in range(first + 1, last + 1)
    }
    sentences = [start for start in starts if start not in inside]
    first = 0
    while first < len(token_counts):
        limit = max(first + 1, bisect_right(ends, ends[first] + size) - 1)
        yield first, (last := limit if limit == len(token_counts) else _end(first, limit, sentences, inside))
        first = last


def _end(first: int, limit: int, sentences: Sequence[int], inside: set[int]) -> int:
    """The end of a part that begins at `first` and has room up to `limit`."""
    place = bisect_right(sentences, limit)
    if place and sentences[place - 1] > first:
        return sentences[place - 1]
    return next((piece for piece in range(limit, first, -1) if piece not in inside), limit)
