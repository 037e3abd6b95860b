"""What a scoring run found: counts, measures and intervals, as values and in JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cascade.scoring.bootstrap import CONFIDENCE, Interval


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives, and the measures that follow from them as fractions.

    0/0 is 0.0 everywhere: precision with nothing predicted, recall with nothing gold, and also F1 of a set with neither
    gold nor predicted entities, as in seqeval.  A set in which there was nothing to find shows nothing about the
    predictions, and 1.0 would praise an empty file.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def gold(self) -> int:
        """Gold items, the support."""
        return self.tp + self.fn

    @property
    def predicted(self) -> int:
        """Predicted items."""
        return self.tp + self.fp

    @property
    def precision(self) -> float:
        """The fraction of predicted items that are gold."""
        return self.tp / max(self.predicted, 1)

    @property
    def recall(self) -> float:
        """The fraction of gold items that are predicted."""
        return self.tp / max(self.gold, 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.tp / max(self.gold + self.predicted, 1)

    def to_json(self) -> dict[str, Any]:
        """Measures, then counts."""
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "tp": self.tp,
            "fp": self.fp,
            "fn": self.fn,
        }


@dataclass(frozen=True, slots=True)
class LanguageScore:
    """One language's documents: how many, how many of them have no prediction, strict counts and the interval of their
    F1.
    """

    documents: int
    missing: int
    strict: Counts
    f1_interval: Interval | None


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """Predicted documents compared with gold ones.

    strict: entities are equal in start, end and type; span: in start and end.  Both are sets in each document, so an
    entity given twice counts once. types_of_found: the types of the gold spans that were also predicted, see
    `type_accuracy`. types, languages: those with most gold entities first, then by name.  missing: ids of the gold
    documents without a prediction, sorted; all their entities are missed.  calibration_error: of the predicted
    entities' scores, by `cascade.scoring.calibration`; None where none has a score.
    """

    strict: Counts
    span: Counts
    types_of_found: Counts
    types: Mapping[str, Counts]
    languages: Mapping[str, LanguageScore]
    gold_documents: int
    predicted_documents: int
    missing: tuple[str, ...]
    f1_interval: Interval | None
    span_f1_interval: Interval | None
    calibration_error: float | None
    resamples: int
    seed: int

    @property
    def macro_f1(self) -> float:
        """The plain mean of F1 over the types that have gold entities; 0.0 where there are none.

        Types that were only predicted are false positives in the strict counts but no terms of this mean.
        """
        present = [counts.f1 for counts in self.types.values() if counts.gold]
        return sum(present) / max(len(present), 1)

    @property
    def type_accuracy(self) -> float:
        """Of the gold spans that were found exactly, the fraction whose type is right; 0.0 where none was found.

        Where a span carries several types this is F1 over the types of the found spans: one right type of two is 2/3,
        and answering every type does not pay.  With one type a span F1 is the accuracy, and strict F1 = span F1 x type
        accuracy, each stage's share.
        """
        return self.types_of_found.f1

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values, measures as fractions; an interval is [low, high], or null without resamples or
        documents.
        """
        return {
            **self.strict.to_json(),
            "macro_f1": self.macro_f1,
            "span": self.span.to_json(),
            "type_accuracy": self.type_accuracy,
            "calibration_error": self.calibration_error,
            "types": {name: {**counts.to_json(), "support": counts.gold} for name, counts in self.types.items()},
            "languages": {
                name: {
                    **score.strict.to_json(),
                    "support": score.strict.gold,
                    "documents": score.documents,
                    "missing": score.missing,
                }
                for name, score in self.languages.items()
            },
            "documents": {
                "gold": self.gold_documents,
                "predicted": self.predicted_documents,
                "missing": len(self.missing),
                "gold_entities": self.strict.gold,
                "predicted_entities": self.strict.predicted,
            },
            "intervals": {
                "f1": _ends(self.f1_interval),
                "span_f1": _ends(self.span_f1_interval),
                "languages": {name: _ends(score.f1_interval) for name, score in self.languages.items()},
            },
            "bootstrap": {"resamples": self.resamples, "seed": self.seed, "confidence": CONFIDENCE},
        }


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]
