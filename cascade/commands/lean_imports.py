"""Imports without what is not used: transformers loads every optional package that it finds installed, at a cost of
seconds and 100 MB.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec

UNUSED = frozenset({"accelerate", "pandas", "scipy", "sklearn"})  # for training, tables and assisted generation


@contextmanager
def unused_left_out() -> Iterator[None]:
    """While it is open, libraries that ask whether an unused package is installed hear that it is not.

    For a process that does nothing but inference: libraries remember the answer.
    """
    find_spec = importlib.util.find_spec

    def found(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name.partition(".")[0] in UNUSED else find_spec(name, package)

    importlib.util.find_spec = found
    try:
        yield
    finally:
        importlib.util.find_spec = find_spec
