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

_GLIBC_VARIABLES = ("MALLOC_", "GLIBC_TUNABLES")  # what users set to choose for themselves
# malloc.h's numbers: M_MMAP_MAX 0, no block is of its own; M_TRIM_THRESHOLD -1, never; M_TOP_PAD, asked for together
_KEPT = ((-4, 0), (-1, -1), (-2, 64 * 1024 * 1024))


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


def keep_freed_memory() -> None:
    """Lets this process keep the memory that it frees, unless the user chose how glibc does; elsewhere does nothing.

    Each training step frees hundreds of megabytes and asks for them again. glibc gives such blocks back to the system,
    whose pages then have to be made anew. On a virtual machine where that is slow, a step took 3.5 s instead of 1.3
    (2 CPU cores, a classifier, 2026-11).
    """
    mallopt = _glibc("mallopt")
    if mallopt is not None and not any(name.startswith(_GLIBC_VARIABLES) for name in os.environ):
        for parameter, value in _KEPT:
            mallopt(parameter, value)


def hand_back() -> None:
    """Returns freed memory to the system where the C library can."""
    trim = _glibc("malloc_trim")
    if trim is not None:
        trim(0)


@cache
def _glibc(name: str) -> Callable[..., int] | None:
    """A function of glibc's on its memory, or None where there is another C library."""
    if sys.platform != "linux":
        return None
    try:
        function: Callable[..., int] = getattr(ctypes.CDLL("libc.so.6"), name)
    except (OSError, AttributeError):
        return None
    return function
