"""Trains until a time: the learning rate follows the share of it that is over, and the end is saved and scored."""

from __future__ import annotations

import time
from typing import Any

from swift.callbacks.base import TrainerCallback
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from train.console import console
from train.time_budget import deadline
from train.training_clock import TrainingClock, scale_at


class KeepTime(TrainerCallback):
    """Scores, saves and stops by the clock; the time that scoring takes is measured at the start."""

    def __init__(self, args: Any, trainer: Any) -> None:
        super().__init__(args, trainer)
        ends, scorings, self._least = deadline()
        self.clock = TrainingClock(time.time(), ends, scorings)
        self._step_began = self.clock.started

    def done(self) -> float:
        """The share of the training that is over."""
        return self.clock.done(time.time(), self._share_of_steps())

    def scheduler(self, optimizer: Optimizer) -> LambdaLR:
        """A scheduler that asks the clock, not the number of steps."""
        return LambdaLR(optimizer, lambda _: scale_at(self.done()))

    def _share_of_steps(self) -> float:
        state = self.trainer.state
        return state.global_step / state.max_steps if state.max_steps > 0 else 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Starts the clock."""
        if late := self.clock.begin(time.time(), self._least):
            console().warn(
                f"loading and scoring took most of the time, so the stage ends {late:.0f} s later; give it more "
                "--minutes"
            )

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
        """Notes how long scoring took."""
        self.clock.scoring = float((metrics or {}).get("eval_runtime", 0.0))

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Notes when a step began."""
        self._step_began = time.time()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """Asks for scoring, saving and stopping where it is time."""
        now = time.time()
        score, stop = self.clock.after_step(now, now - self._step_began, self._share_of_steps())
        if score:
            control.should_evaluate = control.should_save = True
        if stop:
            control.should_training_stop = True
        return control
