"""Documents in an order that brings rare types forward, so that a draw of the first ones holds more of them."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence

from cascade.document import Document


def by_rare_types(groups: Sequence[list[Document]], balance: float, source: random.Random) -> list[list[Document]]:
    """Groups of documents in random order, drawn by weights: the number of entities of the corpus' most frequent type
    over that of the group's rarest one, to the power of `balance`; 1 where a group has no entity.

    balance: 0 draws all alike, 1 a document of a type that is ten times rarer ten times as likely. Each comes where its
    exponential waiting time, of that rate, puts it (weighted sampling without replacement, Efraimidis and Spirakis
    2006).
    """
    counts = Counter(entity.type for group in groups for document in group for entity in document.entities)
    most = max(counts.values(), default=1)

    def waits(group: list[Document]) -> float:
        rarest = min((counts[entity.type] for document in group for entity in document.entities), default=most)
        return -math.log(1.0 - source.random()) / math.pow(most / rarest, balance)

    return [group for _, group in sorted(((waits(group), group) for group in groups), key=lambda timed: timed[0])]
