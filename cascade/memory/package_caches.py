"""Memory that libraries keep: the C library what was freed, PyTorch and oneDNN their compiled products, one entry for
each shape of the inputs, of which batches of texts have ever new ones.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from functools import cache

# of 1,024 that each would keep; both read their variable with the first product oneDNN's: 45 MB less after 900 CoNLL
# sentences; PyTorch's: 60 MB less after 1,600; as fast (2 CPU cores, int8, 2026-11)
_CAPACITIES = {
    ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "DNNL_PRIMITIVE_CACHE_CAPACITY"): "64",
    ("LRU_CACHE_CAPACITY",): "16",
}


def keep_few_primitives() -> None:
    """Bounds the caches of compiled products, for all that this process computes, unless the user did; has no effect
    once it computed something by oneDNN.
    """
    for variables, capacity in _CAPACITIES.items():
        if not any(name in os.environ for name in variables):
            os.environ[variables[0]] = capacity


def keep_many_primitives() -> None:
    """Lets these caches have the room that libraries give them by default, also where a base model is loaded: training
    has few shapes, and computes each many times.
    """
    for variables in _CAPACITIES:
        if not any(name in os.environ for name in variables):
            os.environ[variables[0]] = "1024"


def hand_back() -> None:
    """Returns freed memory to the system where the C library can."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    """glibc's malloc_trim, or None where there is another C library."""
    if sys.platform != "linux":
        return None
    try:
        trim: Callable[[int], int] = ctypes.CDLL("libc.so.6").malloc_trim
    except (OSError, AttributeError):
        return None
    return trim
