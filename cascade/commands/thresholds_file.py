"""A file of lowest scores by type, as `python -m train.thresholds` writes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from cascade.errors import CascadeError, shown
from cascade.pipeline.min_score import MIN_SCORE, OTHER_TYPES, STORED, MinScore, check_min_score

_EXPECTED = 'an object of scores by type, such as {"person": 0.4, "*": 0.3}'


def read_thresholds(file: Path) -> Mapping[str, float]:
    """The lowest scores in a JSON file; raises CascadeError, which names the file, for one of another form."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
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
