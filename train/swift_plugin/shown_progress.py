"""Shows how far a stage's training is: on terminals at every step, elsewhere when dev documents are scored."""

from __future__ import annotations

import time
from typing import Any

from swift.callbacks.base import TrainerCallback

from train.console import console
from train.swift_plugin.time_budget import KeepTime
from train.time_budget import clock


class ShowProgress(TrainerCallback):
    """Tells steps, dev F1 and the time left; it stands behind `keep_time`, whose clock it reads."""

    def __init__(self, args: Any, trainer: Any) -> None:
        super().__init__(args, trainer)
        self._started, self._first, self._f1 = time.time(), 0, ""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Notes where the training starts."""
        self._started, self._first = time.time(), state.global_step

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Shows the step."""
        console().step(self._line(state))

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
        """Shows the dev score."""
        self._f1 = f", dev F1 {100 * (metrics or {}).get('eval_f1', 0.0):.1f}"
        console().step(self._line(state), passing=False)

    def _line(self, state: Any) -> str:
        clocks = [each for each in self.trainer.callback_handler.callbacks if isinstance(each, KeepTime)]
        now, steps = time.time(), state.global_step - self._first
        if clocks:
            share, left = f"{100 * clocks[0].done():.0f} %", clock(clocks[0].clock.ends - now)
        else:
            share = f"{100 * state.global_step / max(1, state.max_steps):.0f} %"
            left = clock((now - self._started) / steps * (state.max_steps - state.global_step)) if steps else "?"
        return f"  step {state.global_step}, {share}, {left} left{self._f1}"
