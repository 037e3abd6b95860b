"""Where long documents are parted for training: between sentences where they can be, and not inside an entity, which no
part would hold whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate


def parts(
    token_counts: Sequence[int], starts: Sequence[int], spans: Sequence[tuple[int, int]], *, size: int
) -> Iterator[tuple[int, int]]:
    """Half-open ranges of pieces, of at most `size` tokens or one piece, that together are all of them in order.

    token_counts: tokens of each piece.  starts: the pieces that begin sentences, in order.  spans: first and last
    pieces of what is not to be cut; one of more than `size` tokens does not count.  A part ends before the last
    sentence that it has no room for, or where there is none, before the last piece that cuts no span; where every piece
    cuts one, where its room ends.
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
    """Where a part that begins at `first` and has room up to `limit` ends."""
    place = bisect_right(sentences, limit)
    if place and sentences[place - 1] > first:
        return sentences[place - 1]
    return next((piece for piece in range(limit, first, -1) if piece not in inside), limit)
