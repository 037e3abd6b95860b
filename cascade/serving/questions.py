"""A text with what is asked of it, and what came of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from cascade import Document


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of a text; texts with equal options are read by one call.

    types: as a call of a cascade takes them, or None.  The other values too are those of a call.
    """

    types: Any = field(default=None, compare=False)
    min_score: Any = field(default=None, compare=False)
    top_k: int = 0
    unsure_from: float | None = None
    multi_label: bool = False
    verify_below: float | None = None
    depth: int = 1
    key: str = ""  # equal where types and lowest scores are

    @classmethod
    def of(cls, types: Any, min_score: Any, **others: Any) -> Options:
        """The options of values that came as JSON; others: by the names of the fields."""
        return cls(types, min_score, key=json.dumps([types, min_score], ensure_ascii=True), **others)

    @property
    def of_call(self) -> dict[str, Any]:
        """What a call takes by name."""
        return {
            "min_score": self.min_score,
            "top_k": self.top_k,
            "unsure_from": self.unsure_from,
            "multi_label": self.multi_label,
            "verify_below": self.verify_below,
            "depth": self.depth,
        }


@dataclass(frozen=True, slots=True)
class Question:
    """A text with what is asked of it."""

    document: Document
    options: Options


@dataclass(frozen=True, slots=True)
class Reading:
    """A document with its entities; language: the one that it names, or the one that was found; notes: for its user."""

    document: Document
    language: str | None
    notes: tuple[str, ...] = ()
