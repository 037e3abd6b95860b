"""Demonstrations: labelled examples shown in front of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cascade.demonstrations.wrapper import with_demonstrations as with_demonstrations


def __getattr__(name: str) -> Any:
    """Imports `with_demonstrations` when it is first asked for, because it needs torch and the examples do not."""
    if name == "with_demonstrations":
        from cascade.demonstrations.wrapper import with_demonstrations

        return with_demonstrations
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
