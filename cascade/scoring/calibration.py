"""Calibration: whether about nine in ten entities with a score of 0.9 are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10


def calibration_error(scores: Sequence[float], right: Sequence[bool], *, bins: int = BINS) -> float | None:
    """The expected calibration error as a fraction; None without entities.

    This is the mean over entities of the gap between the share of right entities in a bin and the bin's mean score.

    scores: in [0, 1]. right: whether each entity is right. bins: number of bins of equal width, as in Guo et al. (arXiv
    1706.04599).
    """
    if not scores:
        return None
    values, hits = np.asarray(scores, dtype=np.float64), np.asarray(right, dtype=np.float64)
    members = np.minimum((values * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(members, weights=hits - values, minlength=bins)
    return float(np.abs(gaps).sum() / len(values))


def equal_mass_error(scores: Sequence[float], right: Sequence[bool], *, bins: int = BINS) -> float | None:
    """The expected calibration error where each bin holds as many entities, as a fraction; None without entities.

    scores, right: as in `calibration_error`. Entities in order of score are cut into `bins` parts that differ by one
    entity at most, so that a few odd scores do not make a bin of their own (Nguyen and O'Connor, arXiv 1508.05154).
    """
    if not scores:
        return None
    order = np.argsort(np.asarray(scores, dtype=np.float64), kind="stable")
    gaps = np.asarray(right, dtype=np.float64)[order] - np.asarray(scores, dtype=np.float64)[order]
    parts = np.array_split(gaps, min(bins, len(gaps)))
    return float(sum(abs(part.sum()) for part in parts) / len(gaps))


@dataclass(frozen=True, slots=True)
class Bin:
    """The entities whose score is in one bin: how many, their mean score, and the share that is right."""

    entities: int
    mean_score: float
    share_right: float


def reliability(scores: Sequence[float], right: Sequence[bool], *, bins: int = BINS) -> list[Bin]:
    """The bins of the calibration error that hold entities, lowest scores first."""
    members: dict[int, list[tuple[float, bool]]] = {}
    for score, hit in zip(scores, right, strict=True):
        members.setdefault(min(int(score * bins), bins - 1), []).append((score, hit))
    return [
        Bin(len(inside), sum(score for score, _ in inside) / len(inside), sum(hit for _, hit in inside) / len(inside))
        for _, inside in sorted(members.items())
    ]
