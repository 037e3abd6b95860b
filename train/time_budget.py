"""How the minutes of `--minutes` are shared between the two stages, and how a process of ms-swift's knows of them."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass

from cascade.errors import CascadeError

# environment variable with the time, in seconds since 1970, at which a stage has to be trained and scored: ms-swift
# passes nothing of ours on
DEADLINE = "CASCADE_DEADLINE"
_MOST_PASSES = 40  # over the data; the checkpoint that is kept is the best on dev documents in any case
_STEPS_A_MINUTE = 120  # of half the time: four a second, more than two cores do
_BUNDLES = 0.15  # of a short document; a bundle is a step
_KEPT_BACK = 0.15  # of the time, for the scores at the end, as long as nothing was measured
_SCORING = 2.5  # of the time that a stage's export takes: two pairs are loaded and read dev documents
_LEAST = 0.05  # of the time, that a stage gets in any case


@dataclass(slots=True)
class TimeBudget:
    """The time of a training of one or two stages.

    started, ends: seconds since 1970. kept_back: seconds for the scores at the end.
    """

    started: float
    ends: float
    kept_back: float

    @classmethod
    def of(cls, minutes: float) -> TimeBudget:
        """The budget of a command that begins now."""
        now = time.time()
        return cls(now, now + 60 * minutes, _KEPT_BACK * 60 * minutes)

    @property
    def least(self) -> float:
        """Seconds that a stage is trained in any case, even where loading took all the time."""
        return _LEAST * (self.ends - self.started)

    def deadline(self, stages_left: int) -> float:
        """When the next stage has to be trained and scored, if so many stages are left, itself among them.

        Each gets an equal share of the time that is left then.
        """
        now = time.time()
        return now + max(0.0, self.ends - self.kept_back - now) / stages_left

    def measured(self, export: float) -> None:
        """Notes the seconds that a stage's export took, by which the time for the scores at the end is known."""
        self.kept_back = _SCORING * export


def passes(documents: int, minutes: float) -> int:
    """How many passes over so many documents are prepared for so many minutes: at least as many as fit."""
    return max(1, min(_MOST_PASSES, math.ceil(_STEPS_A_MINUTE * minutes / (_BUNDLES * max(1, documents)))))


def set_deadline(at: float, scorings: int, least: float) -> None:
    """Tells the processes of a training when to stop, how often to score dev documents at most until then, and how
    many seconds to train in any case.
    """
    os.environ[DEADLINE] = f"{at:.3f} {scorings} {least:.3f}"


def deadline() -> tuple[float, int, float]:
    """What `set_deadline` told; raises CascadeError for anything else in the variable."""
    text = os.environ.get(DEADLINE, "")
    try:
        at, scorings, least = text.split()
        return float(at), int(scorings), float(least)
    except ValueError as error:
        raise CascadeError(
            f"{DEADLINE} is {text!r}; expected a time in seconds since 1970, how often to score, and the seconds to "
            "train in any case, such as '1790000000.5 8 30'"
        ) from error


def clock(seconds: float) -> str:
    """A time as minutes and seconds, such as 4:05."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02}"
