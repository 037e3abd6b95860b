"""What redacting did, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Tally:
    """What a job replaced and withheld: by type, repeats by type, and what lay within another span."""

    documents: int = 0
    replaced: Counter[str] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter)
    within: int = 0
    leftovers: int = 0
    fields: int = 0
    withheld: list[tuple[str, str]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The counts by name; documents that were withheld with the reason."""
        return {
            "documents": self.documents,
            "replaced": dict(sorted(self.replaced.items())),
            "repeats": dict(sorted(self.repeats.items())),
            "within_others": self.within,
            "leftovers": self.leftovers,
            "fields_left_out": self.fields,
            "withheld": [{"id": identifier, "why": why} for identifier, why in self.withheld],
        }
