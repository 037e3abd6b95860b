"""That training keeps the memory it frees, and what a user chose stands."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's own settings")

_BLOCK = 64 * 1024 * 1024
_SCRIPT = f"""
import ctypes, resource
from cascade.memory.package_caches import hand_back, keep_freed_memory

libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
libc.malloc.argtypes = [ctypes.c_size_t]

def use():
    block = libc.malloc({_BLOCK})
    ctypes.memset(block, 1, {_BLOCK})
    libc.free(block)

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    use()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

keep_freed_memory()
use()
kept = faults()
hand_back()
print(kept, faults())
"""


def _faults(**variables: str) -> tuple[int, int]:
    """Pages made for a block that was freed before: after `keep_freed_memory`, and after `hand_back`."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], env=plain | variables, check=True, capture_output=True, text=True
    )
    kept, handed_back = map(int, done.stdout.split())
    return kept, handed_back


def test_freed_memory_is_kept_until_it_is_handed_back() -> None:
    kept, handed_back = _faults()
    assert kept < 16
    assert handed_back > 16


def test_what_the_user_chose_about_freed_memory_stands() -> None:
    kept, _ = _faults(MALLOC_MMAP_THRESHOLD_="1048576")
    assert kept > 16
