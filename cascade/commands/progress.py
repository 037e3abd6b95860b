"""A progress bar on standard error: how many documents are done, how many a second, and how long the rest takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tqdm import tqdm

Item = TypeVar("Item")
DELAY_S = 2.0  # what is done sooner shows no bar
BETWEEN_S = 0.5  # two states of the bar


class Progress:
    """A progress bar on standard error, shown for jobs that take longer than two seconds.

    total: asked once for the number of documents.  share: asked now and then for the part of the input that was read,
    within 0..1, where the documents themselves are not counted; their number is estimated from it.  None: unknown.
    """

    def __init__(
        self,
        *,
        enabled: bool,
        total: Callable[[], int | None] = lambda: None,
        share: Callable[[], float | None] | None = None,
        unit: str = "documents",
    ) -> None:
        self.enabled, self._total, self._share, self._unit = enabled, total, share, unit

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
            mininterval=BETWEEN_S,
            dynamic_ncols=True,
            file=sys.stderr,
        ) as bar:
            yield from bar if self._share is None else self._estimated(bar, self._share)

    def _estimated(self, bar: tqdm[Item], share: Callable[[], float | None]) -> Iterator[Item]:
        """The documents of a bar, whose total is what it would be if the rest of the input were as what was read."""
        asked_at = time.monotonic()
        for number, document in enumerate(bar, start=1):
            yield document
            if (now := time.monotonic()) - asked_at >= BETWEEN_S:
                asked_at, read = now, share()
                bar.total = round(number / read) if read and read < 1 else None


def watched(*, quiet: bool = False) -> bool:
    """Whether someone looks at standard error, and did not ask for silence."""
    return not quiet and sys.stderr is not None and sys.stderr.isatty()


def rate_of(documents: int, seconds: float) -> str:
    """How many documents were read, in how many seconds, and how many in each."""
    return f"{documents:,} documents in {seconds:.1f} s ({documents / max(seconds, 1e-9):.1f} a second)"
