"""The clock of a training that ends at a time: how much of it is over, when to score, and when to stop."""

from __future__ import annotations

import math
from dataclasses import dataclass

_WARM_UP = 0.05  # as in the recipes
_FIRST = 0.2  # of the learning rate, at the first step, so that it is not lost
_SCORING = 0.2  # of the time, that scoring dev documents may take


def scale_at(done: float) -> float:
    """What the learning rate is multiplied by when a share of the training is over: a warm-up, and then a cosine."""
    if done < _WARM_UP:
        return _FIRST + (1 - _FIRST) * done / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (done - _WARM_UP) / (1 - _WARM_UP))))


@dataclass(slots=True)
class TrainingClock:
    """Times in seconds. ends: when the training has to be over and scored. most_scorings: of dev documents, the last
    one included. scoring, step: how long one of them takes, as far as it was measured.
    """

    started: float
    ends: float
    most_scorings: int
    scoring: float = 0.0
    step: float = 0.0
    scored: int = 0

    def begin(self, now: float, least: float) -> float:
        """Starts now; returns the seconds by which it ends later than planned, so that `least` are left."""
        self.started, planned = now, self.ends
        self.ends = max(self.ends, now + least)
        return self.ends - planned

    def done(self, now: float, share_of_steps: float) -> float:
        """The share of the training that is over, by time or by steps, whichever is more."""
        usable = self.ends - self.started - self.scoring  # the rest is for scoring at the end
        return min(1.0, max((now - self.started) / usable if usable > 0 else 1.0, share_of_steps))

    @property
    def scorings(self) -> int:
        """How often to score, so that scoring takes a small share of the time."""
        if not self.scoring:
            return self.most_scorings
        return max(1, min(self.most_scorings, int(_SCORING * (self.ends - self.started) / self.scoring)))

    def after_step(self, now: float, seconds: float, share_of_steps: float) -> tuple[bool, bool]:
        """Whether to score and save now, and whether to stop; seconds: what the step took.

        It stops where another step as long as the slowest of the last ones would leave no time to score.
        """
        self.step = max(seconds, self.step / 2)
        over = now + self.step + self.scoring >= self.ends
        due = int(self.done(now, share_of_steps) * self.scorings)
        score = over or due > self.scored
        self.scored = max(self.scored, due)
        return score, over
