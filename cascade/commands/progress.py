"""A line on standard error that counts documents as they pass."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


class Progress:
    """A progress line on standard error that counts documents as they pass."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled

    def over(self, documents: Iterable[Item]) -> Iterator[Item]:
        """The documents, counted as they pass."""
        started, shown, count = time.monotonic(), 0.0, 0
        try:
            for document in documents:
                yield document
                count += 1
                now = time.monotonic()
                if self.enabled and now - shown > 0.5:
                    print(f"\r{rate_of(count, now - started)} ", end="", file=sys.stderr, flush=True)
                    shown = now
        finally:  # also on errors, whose message then starts on a new line
            if self.enabled and count:
                print(f"\r{rate_of(count, time.monotonic() - started)} ", file=sys.stderr)


def rate_of(documents: int, seconds: float) -> str:
    """How many documents were read, in how many seconds, and how many in each."""
    return f"{documents:,} documents in {seconds:.1f} s ({documents / max(seconds, 1e-9):.1f} a second)"
