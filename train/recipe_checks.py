"""Checks recipes against the arguments that ms-swift has, before a training begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from cascade.errors import CascadeError

_EXPECTED = {
    bool: "true or false",
    int: "a whole number",
    float: "a number, with a point where it has an exponent: 1.0e-3",
}


def check_recipe(stage: str, recipe: Mapping[str, Any]) -> None:
    """Raises CascadeError for names that ms-swift does not know, and for values that are no number or no truth value.

    Takes ten seconds, because it imports ms-swift.
    """
    from swift import SftArguments

    kinds = {each.name: each.type for each in fields(SftArguments)}
    if unknown := sorted(set(recipe) - set(kinds)):
        raise CascadeError(
            f"the recipe of the {stage} holds {', '.join(unknown)}; expected arguments that ms-swift has, "
            f"as `swift sft --help` lists them"
        )
    for name, value in recipe.items():
        if (expected := _refused(kinds[name], value)) is not None:
            raise CascadeError(f"the recipe of the {stage} sets {name} to {value!r}; expected {expected}")


def _refused(kind: Any, value: Any) -> str | None:
    """What an argument of numbers or truth values expects, if the value is something else."""
    allowed = set(get_args(kind)) if get_origin(kind) in (Union, UnionType) else {kind}
    if not allowed <= _EXPECTED.keys() | {NoneType}:
        return None  # words and lists: ms-swift tells what is wrong with them
    of_value = type(value)
    if of_value in allowed or of_value is int and float in allowed:
        return None
    return " or ".join(_EXPECTED[each] for each in (bool, int, float) if each in allowed)
