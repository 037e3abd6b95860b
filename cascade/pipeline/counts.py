"""What a job read and what it left out, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """Counts of one call, or of all calls of a cascade.

    documents, entities: read and found.  rejected: spans that the classifier answered with `none of these`.  unsure:
    spans that were left out as less likely than the lowest score.  untrained: documents whose language the adapters
    that read them were not trained on, by that language.  unknown_languages: documents whose own language is none that
    is known, by what they call it; they are read as if they named none.  undescribed: documents that were read without
    the descriptions of types, as the adapters were not trained with any.  unverified: entities that were left out as
    their type, asked for alone, was less likely than `none of these`.  unfitted: documents whose spans were asked
    about one type alone, of a classifier whose scores of such questions were not fitted on documents.  described: the
    most types whose descriptions were read at once.
    """

    documents: int = 0
    entities: int = 0
    rejected: int = 0
    unsure: int = 0
    undescribed: int = 0
    unverified: int = 0
    unfitted: int = 0
    described: int = 0
    untrained: Counter[str] = field(default_factory=Counter)
    unknown_languages: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        """Adds another's counts to these."""
        self.documents += other.documents
        self.entities += other.entities
        self.rejected += other.rejected
        self.unsure += other.unsure
        self.undescribed += other.undescribed
        self.unverified += other.unverified
        self.unfitted += other.unfitted
        self.described = max(self.described, other.described)
        self.untrained.update(other.untrained)
        self.unknown_languages.update(other.unknown_languages)

    def copy(self) -> Counts:
        """The same counts, on their own."""
        result = Counts()
        result.add(self)
        return result
