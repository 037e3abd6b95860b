"""A progress bar on standard error: how many documents are done, how many a second, and how long the rest takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
DELAY_S = 2.0  # what is done sooner shows no bar


class Progress:
    """A progress bar on standard error, shown for jobs that take longer than two seconds."""

    def __init__(
        self, *, enabled: bool, total: Callable[[], int | None] = lambda: None, unit: str = "documents"
    ) -> None:
        self.enabled, self._total, self._unit = enabled, total, unit

    def over(self, documents: Iterable[Item], *, done: int = 0) -> Iterator[Item]:
        """The documents, counted as they pass; their number, where it is known, tells how long the rest takes.

        done: documents that were done before.
        """
        if not self.enabled:
            yield from documents
            return
        from tqdm import tqdm  # only where someone looks

        tqdm.monitor_interval = 0  # no thread beside the model's
        with tqdm(
            documents,
            total=self._total(),
            initial=done,
            unit=f" {self._unit}",
            delay=DELAY_S,
            mininterval=0.5,
            dynamic_ncols=True,
            file=sys.stderr,
        ) as bar:
            yield from bar


def watched(*, quiet: bool = False) -> bool:
    """Whether someone looks at standard error, and did not ask for silence."""
    return not quiet and sys.stderr is not None and sys.stderr.isatty()


def rate_of(documents: int, seconds: float) -> str:
    """How many documents were read, in how many seconds, and how many in each."""
    return f"{documents:,} documents in {seconds:.1f} s ({documents / max(seconds, 1e-9):.1f} a second)"
