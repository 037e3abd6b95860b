"""Hides unused optional packages from transformers, which would import each one: seconds and 100 MB."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec

UNUSED = frozenset({"accelerate", "pandas", "scipy", "sklearn"})  # only for training, tables, assisted generation


@contextmanager
def unused_left_out() -> Iterator[None]:
    """Inside this context, unused packages look as if they were not installed.

    Only for processes that do nothing but inference, because libraries remember the answer.
    """
    find_spec = importlib.util.find_spec

    def found(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name.partition(".")[0] in UNUSED else find_spec(name, package)

    importlib.util.find_spec = found
    try:
        yield
    finally:
        importlib.util.find_spec = find_spec
