"""Orders documents so that rare types come earlier: a draw of the first ones then holds more of them."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence

from cascade.document import Document


def by_rare_types(groups: Sequence[list[Document]], balance: float, source: random.Random) -> list[list[Document]]:
    """Groups of documents in random order, in which groups with rare types tend to come earlier.

    The weight of a group is the number of entities of the corpus' most frequent type, divided by that of the group's
    rarest type, to the power of `balance`; a group without entities has weight 1. With balance 0 all groups are equally
    likely; with 1, a document of a ten times rarer type is ten times as likely. Groups are sorted by exponential
    waiting times with these rates (weighted sampling without replacement, Efraimidis and Spirakis 2006).
    """
    counts = Counter(entity.type for group in groups for document in group for entity in document.entities)
    most = max(counts.values(), default=1)

    def waits(group: list[Document]) -> float:
        rarest = min((counts[entity.type] for document in group for entity in document.entities), default=most)
        return -math.log(1.0 - source.random()) / math.pow(most / rarest, balance)

    return [group for _, group in sorted(((waits(group), group) for group in groups), key=lambda timed: timed[0])]
