"""The result of a scoring run: counts, measures and intervals, as values and in JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cascade.scoring.bootstrap import CONFIDENCE, Interval


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives, and the measures that follow from them, as fractions.

    0/0 counts as 0.0 everywhere, as in seqeval: precision if nothing is predicted, recall if there is no gold entity,
    and F1 of a set with neither. A set with nothing to find shows nothing about the predictions, and 1.0 would reward
    an empty file.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def gold(self) -> int:
        """The number of gold items, the support."""
        return self.tp + self.fn

    @property
    def predicted(self) -> int:
        """The number of predicted items."""
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
        """The measures, then the counts, by name."""
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
    """The scores of one language: its documents, those without a prediction, strict counts and the interval of F1."""

    documents: int
    missing: int
    strict: Counts
    f1_interval: Interval | None


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """Predicted documents compared with gold ones.

    strict: an entity is right if start, end and type are equal; span: if start and end are. Both compare sets for each
    document, so an entity given twice counts once. types_of_found: types of the gold spans that were also predicted,
    see `type_accuracy`. types, languages: in order of gold entities, most first, then by name. missing: sorted ids of
    the gold documents without a prediction; all their entities count as missed. calibration_error: of the scores of
    predicted entities, by `cascade.scoring.calibration`; None if no entity has a score. layers: strict counts of the
    outermost entities, layer 1, of those within one of them, layer 2, and so on.
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
    layers: Mapping[int, Counts]

    @property
    def macro_f1(self) -> float:
        """The plain mean of F1 over the types that have gold entities; 0.0 if there are none.

        Types that were only predicted count as false positives in the strict counts but do not enter this mean.
        """
        present = [counts.f1 for counts in self.types.values() if counts.gold]
        return sum(present) / max(len(present), 1)

    @property
    def nests(self) -> bool:
        """Whether some entity, gold or predicted, lies within another."""
        return any(layer > 1 for layer in self.layers)

    @property
    def type_accuracy(self) -> float:
        """The fraction of exactly found gold spans whose type is right; 0.0 if no span was found.

        If a span can have several types, this is F1 over the types of the found spans: one right type of two gives 2/3,
        and answering with every type does not pay. With one type for each span, this F1 is the accuracy, and strict F1
        = span F1 x type accuracy, which shows the share of each stage.
        """
        return self.types_of_found.f1

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values, measures as fractions.

        An interval is [low, high], or null without resamples or documents. "layers" is there only where entities nest.
        """
        layers = {str(layer): {**counts.to_json(), "support": counts.gold} for layer, counts in self.layers.items()}
        return {
            **self.strict.to_json(),
            "macro_f1": self.macro_f1,
            "span": self.span.to_json(),
            "type_accuracy": self.type_accuracy,
            "calibration_error": self.calibration_error,
            "types": {name: {**counts.to_json(), "support": counts.gold} for name, counts in self.types.items()},
            **({"layers": layers} if self.nests else {}),
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
