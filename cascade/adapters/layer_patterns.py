"""Regular expressions for names of layers, as PEFT matches them.

They come from configs that anyone may have written, and some expressions take longer than a lifetime: each has a
second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import regex

from cascade.errors import AdapterError

SECONDS = 1.0  # for one name; a usual expression takes microseconds
_SHOWN = 60  # characters of an expression in a message


def beginning(expression: str, name: str) -> Any:
    """What the expression matches at the beginning of a layer's name, or None.

    Raises AdapterError where it takes longer than a second, and where it is no expression that can be matched so.
    """
    return _found(regex.match, expression, name)


def matches(expression: str, name: str) -> bool:
    """Whether the expression matches the whole of a layer's name; raises as `beginning` does."""
    return _found(regex.fullmatch, expression, name) is not None


def _found(find: Callable[..., Any], expression: str, name: str) -> Any:
    shown = repr(expression if len(expression) <= _SHOWN else expression[:_SHOWN] + "...")
    try:
        return find(expression, name, timeout=SECONDS)
    except TimeoutError as error:
        raise AdapterError(
            f"the expression {shown} takes longer than {SECONDS:g} s on the layer {name!r}; expected one that does not "
            "try ever more ways. List the names of the layers in adapter_config.json instead"
        ) from error
    except regex.error as error:
        raise AdapterError(
            f"the expression {shown} cannot be matched: {error}; expected one for names of layers in "
            "adapter_config.json"
        ) from error
