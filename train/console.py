"""What a training shows: a few lines of our own on the terminal, and everything else in a log file."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

LOG = "train.log"  # in the work folder


@dataclass
class Console:
    """The terminal of a training.

    results: takes what is asked for, such as scores. progress: takes what happens meanwhile. quiet: show results and
    warnings alone. moving: whether a line of progress may be written over by the next one.
    """

    results: TextIO = field(default_factory=lambda: sys.stdout)
    progress: TextIO = field(default_factory=lambda: sys.stderr)
    quiet: bool = False
    moving: bool = False
    _shown: int = 0  # characters of the line of progress that the cursor stands behind

    def say(self, line: str) -> None:
        """Shows a line about the training, unless it is a quiet one."""
        if not self.quiet:
            self.result(line)

    def result(self, line: str) -> None:
        """Shows a line that was asked for."""
        self._end_line()
        print(line, file=self.results, flush=True)

    def warn(self, line: str) -> None:
        """Shows a line that needs attention."""
        self._end_line()
        print(f"warning: {line}", file=self.progress, flush=True)

    def step(self, line: str, *, passing: bool = True) -> None:
        """Shows how far the training is. passing: shown on terminals alone, where the next line takes its place."""
        if self.quiet or (passing and not self.moving):
            return
        if self.moving:
            print(f"\r{line:<{self._shown}}", end="", file=self.progress, flush=True)
            self._shown = len(line)
        else:
            print(line, file=self.progress, flush=True)

    def _end_line(self) -> None:
        if self._shown:
            print(file=self.progress, flush=True)
            self._shown = 0


_CURRENT: ContextVar[Console | None] = ContextVar("console", default=None)


def console() -> Console:
    """The terminal of the training in this thread; outside of one, standard output and standard error."""
    return _CURRENT.get() or Console()


@contextmanager
def shown(*, quiet: bool, log: Path) -> Iterator[Console]:
    """A context in which all that libraries print or log goes to the end of the file `log`; yields the terminal.

    Nothing is lost: ms-swift alone writes more than a thousand lines for two stages. The file and its folder are made.
    """
    made = Console(quiet=quiet, moving=sys.stderr.isatty())
    before = {made.results: "stdout", made.progress: "stderr"}
    log.parent.mkdir(parents=True, exist_ok=True)
    mark = _CURRENT.set(made)
    try:
        with log.open("a", encoding="utf-8", buffering=1) as file:
            _point_handlers(set(before), file)
            try:
                with redirect_stdout(file), redirect_stderr(file):
                    yield made
            finally:
                _point_handlers({file}, made.progress)
    finally:
        made._end_line()
        _CURRENT.reset(mark)


def _point_handlers(old: set[TextIO], new: TextIO) -> None:
    """Lets all handlers of loggers that write to one of `old` write to `new`."""
    known = [each for each in logging.Logger.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    for logger in (logging.getLogger(), *known):
        for handler in logger.handlers:
            if type(handler) is logging.StreamHandler and handler.stream in old:
                handler.setStream(new)
