"""Memory that the C library keeps after it was freed."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


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


def hand_back() -> None:
    """Returns freed memory to the system where the C library can."""
    trim = _trim()
    if trim is not None:
        trim(0)
