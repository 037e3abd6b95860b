"""Functions whose modules are imported when they are first called: a command needs those of one or two formats."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def later(name: str) -> Callable[..., Any]:
    """The function `MODULE.FUNCTION` of this package, without importing the module yet."""
    module, _, function = name.partition(".")

    def called(*arguments: Any, **options: Any) -> Any:
        return getattr(import_module(f"{__package__}.{module}"), function)(*arguments, **options)

    called.__name__ = called.__qualname__ = function
    return called
