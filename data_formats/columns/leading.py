"""What a column of numbers or ids tells: it repeats over the rows of a sentence, or runs through them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import Enum
from itertools import pairwise

from data_formats.columns.headers import index_of

FEW_ROWS = 4  # fewer rows show no pattern
_NEARLY_ALL = 0.9


class Kind(Enum):
    """What the cells of a column are, in the order of their rows."""

    OTHER = "words"
    ID = "the same ids row after row"
    NUMBER = "running numbers"


def kind_of(cells: Sequence[str], *, few: int = FEW_ROWS) -> Kind:
    """What the cells of neighbouring rows are; fewer than `few` cells are no sign of anything.

    Numbers go up by one and may begin again. Ids repeat, half of the cells or more as the cell before them; one that
    was left does not come back, unless they are numbers that begin again. No text repeats its words like this.
    """
    if len(cells) < few:
        return Kind.OTHER
    numbers = [None if (index := index_of(cell)) is None else index[0] for cell in cells]
    steps = [after - before for before, after in pairwise(numbers) if before is not None and after is not None]
    numeric = len(steps) == len(cells) - 1 and all(step <= 1 for step in steps)
    if numeric and sum(step != 0 for step in steps) * 2 > len(steps):
        return Kind.NUMBER
    begins = [after for before, after in pairwise(["", *cells]) if before != after]
    if 2 * len(begins) <= len(cells) and (numeric or len(set(begins)) == len(begins)):
        return Kind.ID
    [(_, most)] = Counter(cells).most_common(1)
    return Kind.ID if most >= _NEARLY_ALL * len(cells) else Kind.OTHER
