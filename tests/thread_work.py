"""Threads that begin together."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

THREADS = 8
Result = TypeVar("Result")


@contextmanager
def switching_often(cores: int | None) -> Iterator[None]:
    """While it is open, threads take turns every 0.1 ms, so that what they share is seen in the middle of things.

    cores: that each computes on, all where it is None; with tiny models, many threads on all cores take turns for
    seconds.
    """
    interval, before = sys.getswitchinterval(), torch.get_num_threads()
    sys.setswitchinterval(1e-4)
    torch.set_num_threads(cores or before)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        torch.set_num_threads(before)


def at_once(work: Callable[[int], Result], threads: int = THREADS) -> list[Result]:
    """What `work` returns in each of the threads, which are given their numbers and begin together."""
    begin = threading.Barrier(threads)

    def begun(number: int) -> Result:
        begin.wait(timeout=60)
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begun, range(threads)))
