"""Pauses Python's garbage collection of reference cycles while a model is loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Inside this context, cycles of objects are not collected.

    Importing torch and transformers makes hundreds of thousands of objects that stay. Scanning them several times frees
    next to nothing and takes 0.6 of 8 s (Python 3.11, two cores, 2026-11).
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
