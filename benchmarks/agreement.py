"""Compares two readings of the same documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cascade import Document


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readings of the same documents agree.

    documents: how many were read. same: how many have the same spans and types in both. largest_score_difference: among
    these documents. different: the ids of the other documents, in order.
    """

    documents: int
    same: int
    largest_score_difference: float
    different: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share of documents with the same entities; 1 without documents."""
        return self.same / self.documents if self.documents else 1.0


def agreement(left: Sequence[Document], right: Sequence[Document]) -> Agreement:
    """The agreement of two readings, document by document; raises ValueError if their lengths differ."""
    largest, different = 0.0, []
    for one, other in zip(left, right, strict=True):
        if [(entity.span, entity.type) for entity in one.entities] != [
            (entity.span, entity.type) for entity in other.entities
        ]:
            different.append(one.id)
            continue
        for mine, theirs in zip(one.entities, other.entities, strict=True):
            largest = max(largest, abs((mine.score or 0.0) - (theirs.score or 0.0)))
    return Agreement(len(left), len(left) - len(different), largest, tuple(different))
