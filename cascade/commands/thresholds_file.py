"""A file of lowest scores by type, as `python -m train.thresholds` writes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from cascade.errors import CascadeError, shown
from cascade.pipeline.min_score import (
    MIN_SCORE,
    OTHER_TYPES,
    STORED,
    MinScore,
    check_min_score,
    highest_of,
    lowest_scores,
)

_EXPECTED = 'an object of scores by type, such as {"person": 0.4, "*": 0.3}'


def read_thresholds(file: Path) -> Mapping[str, float]:
    """The lowest scores in a JSON file; raises CascadeError, which names the file, for one of another form."""
    try:
        value = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CascadeError(f"{file}: cannot be read: {error.strerror}; expected {_EXPECTED}") from error
    except (RecursionError, ValueError) as error:
        raise CascadeError(f"{file}: cannot be read: {error}; expected {_EXPECTED}") from error
    if not isinstance(value, dict) or not value:
        raise CascadeError(f"{file}: holds {shown(value)}; expected {_EXPECTED}")
    try:
        check_min_score(value)
    except CascadeError as error:
        raise CascadeError(f"{file}: {error}") from error
    return value


def asked_min_score(
    min_score: float | None, thresholds: Path | None, stored: Callable[[], Mapping[str, float]]
) -> MinScore:
    """The lowest scores that a command line asks for; those of a file go before the one for all types.

    stored: called for those in the classifier's card, where `thresholds` is the word for them.
    """
    if thresholds is None:
        return check_min_score(MIN_SCORE if min_score is None else min_score)
    by_type = dict(stored() if str(thresholds) == STORED else read_thresholds(thresholds))
    if min_score is not None:
        by_type[OTHER_TYPES] = min_score
    return check_min_score(by_type)


def check_unsure_below(unsure_from: float | None, min_score: MinScore) -> None:
    """Raises CascadeError if no entity could be unsure, as all that would be are below every lowest score."""
    if unsure_from is not None and unsure_from >= (highest := highest_of(min_score)):
        raise CascadeError(
            f"--unsure-from {unsure_from:g} keeps entities below the lowest score that are at least that likely, and "
            f"the lowest score is {highest:g}; expected less, such as --unsure-from 0.1, or a higher "
            "--min-score"
        )


def unused_thresholds(min_score: MinScore, labels: Iterable[str]) -> Iterator[str]:
    """Notes on the lowest scores of types that are not asked for, and so hold for nothing; labels: of those asked."""
    if not isinstance(min_score, Mapping):
        return
    asked = list(labels)
    known = [name for name in min_score if name != OTHER_TYPES]
    unused = [name for name in known if not _holds(name, asked)]
    if unused:
        named = ", ".join(map(repr, unused[:5])) + (f" and {len(unused) - 5} more" if len(unused) > 5 else "")
        yield f"note: --thresholds: {len(unused)} of {len(known)} types are not asked for: {named}"


def _holds(name: str, labels: list[str]) -> bool:
    """Whether the lowest score of a name is that of some label, as `lowest_scores` gives them out."""
    return any(score == 1.0 for score in lowest_scores({name: 1.0, OTHER_TYPES: 0.0}, labels).values())
