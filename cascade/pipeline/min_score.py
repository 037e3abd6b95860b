"""The lowest score of an entity that is shown: one for all types, or one for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cascade.errors import CascadeError, shown
from cascade.pipeline.type_words import type_words
from cascade.stages.common_names import common_names

MIN_SCORE = 0.3
"""Entities less likely than this are left out.  Where scores are calibrated, leaving out those below half of the F1
that can be reached makes the best F1 (arXiv 1402.1892); on dev documents of 13 corpora, read with an F1 of 61 to 87 %,
it brings 0.9 points on average (train/LOG.md)."""

MinScore = float | Mapping[str, float]
"""One score, or scores by type; types that are not named have MIN_SCORE, or what "*" has."""

OTHER_TYPES = "*"
STORED = "stored"
"""In place of lowest scores: those in the card of the classifier, which `python -m train.thresholds --store` fits."""


def check_min_score(min_score: MinScore) -> MinScore:
    """The lowest score, or lowest scores by type; raises CascadeError for what is no probability."""
    if isinstance(min_score, Mapping):
        for name, value in min_score.items():
            if not isinstance(name, str) or not is_probability(value):
                raise CascadeError(
                    f"the lowest score of {shown(name)} is {shown(value)}; expected a type's name and a probability "
                    f"within 0..1, such as {MIN_SCORE}"
                )
    elif not is_probability(min_score):
        raise CascadeError(
            f"the lowest score is {min_score!r}; expected a probability within 0..1, such as {MIN_SCORE}, or 0 to "
            "keep all entities"
        )
    return min_score


def check_unsure_from(unsure_from: float | None, min_score: MinScore) -> None:
    """Raises CascadeError for a score from which entities are shown as unsure that is no probability, and for one from
    which none could be, as all are at least as likely as every lowest score.
    """
    if unsure_from is not None and not is_probability(unsure_from):
        raise CascadeError(
            f"unsure entities are to be shown from a score of {shown(unsure_from)}; expected a probability within "
            "0..1, such as 0.1"
        )
    if unsure_from is not None and unsure_from >= (highest := highest_of(min_score)):
        raise CascadeError(
            f"unsure_from is {unsure_from:g}, and keeps entities below the lowest score that are at least that likely; "
            f"the lowest score is {highest:g}; expected less, such as 0.1, or a higher min_score"
        )


def highest_of(min_score: MinScore) -> float:
    """The highest of the lowest scores: no entity from there on is below its own."""
    lowest = {OTHER_TYPES: MIN_SCORE, **min_score} if isinstance(min_score, Mapping) else {OTHER_TYPES: min_score}
    return max(lowest.values())


def lowest_scores(min_score: MinScore, labels: Iterable[str]) -> dict[str, float]:
    """The lowest score of each label in results.

    A label that is not named has the score of a name that the model reads as the same words, PER that of person, or
    else that of what all labels say in one language, people that of person beside places.
    """
    labels = list(labels)
    if not isinstance(min_score, Mapping):
        return dict.fromkeys(labels, min_score)
    others = min_score.get(OTHER_TYPES, MIN_SCORE)
    same_words = {type_words(name): score for name, score in min_score.items()}
    said = dict(zip(labels, common_names(labels) or labels, strict=True))
    return {
        label: min_score.get(label, same_words.get(type_words(label), same_words.get(said[label].casefold(), others)))
        for label in labels
    }


def shown_min_score(min_score: MinScore) -> str:
    """The lowest score in words and the option that sets it, for messages."""
    by_type = isinstance(min_score, Mapping)
    return "the lowest score of their type (--thresholds)" if by_type else f"{min_score:g} (--min-score)"


def is_probability(value: object) -> bool:
    """Whether a value is a number within 0..1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0
