"""Seams: where the decisions of one window are followed by those of the next.

They lie where no span is open in either window, so that every span is one that a window found, and whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from cascade.stages.decisions import Floats
from cascade.stages.decoding import open_before
from cascade.text.windows import Window


def parts_between_seams(windows: Sequence[Window], log_probabilities: Sequence[Floats]) -> Iterator[tuple[int, Floats]]:
    """Parts of a text to be decoded each by itself, in order: first piece and log-probabilities of each.

    log_probabilities: of the labels of each window's pieces, (pieces, 5 x layers), as those of the parts.  What two
    windows share is taken from the left one up to the seam and from the right one behind it.  Windows that share
    nothing are sentences.
    """
    part_first = first = windows[0].first if windows else 0
    rows: list[Floats] = []
    for (left, right), (left_scores, right_scores) in zip(pairwise(windows), pairwise(log_probabilities), strict=True):
        seam, is_inside = _seam(left, right, left_scores, right_scores, first)
        rows.append(left_scores[first - left.first : seam - left.first])
        if not is_inside:
            yield part_first, np.concatenate(rows)
            part_first, rows = seam, []
        first = seam
    if windows:
        yield part_first, np.concatenate([*rows, log_probabilities[-1][first - windows[-1].first :]])


def _seam(left: Window, right: Window, left_scores: Floats, right_scores: Floats, first: int) -> tuple[int, bool]:
    """The piece from `first` on that the right window decides first, and whether the seam before it lies inside a span.

    The seam is where neither window has a span open, or else, in one longer than what they share, where both have; of
    such places the nearest to where the windows meet.
    """
    if right.first == left.last:
        return right.first, False
    # no span is open behind the last piece
    open_left, open_right = ([*open_before(scores), False] for scores in (left_scores, right_scores))

    def rank(seam: int) -> tuple[int, int]:
        opened = open_left[seam - left.first] + open_right[seam - right.first]
        return (0, 2, 1)[opened], abs(seam - right.keep_first)

    seam = min(range(max(first, right.first), left.last + 1), key=rank)
    return seam, rank(seam)[0] == 1
