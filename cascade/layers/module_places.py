"""The places of modules inside a model, where others can be put."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import nn


class Place(NamedTuple):
    """A module with its path below the model and its parent."""

    path: str
    module: Any
    parent: nn.Module

    def put(self, other: nn.Module) -> None:
        """Puts another module here."""
        setattr(self.parent, self.path.rpartition(".")[2], other)


def places(body: nn.Module, wanted: Callable[[nn.Module], bool]) -> list[Place]:
    """All places below `body` whose module is wanted, a module in two places twice; the list stays as it is while
    modules are put.
    """
    modules = dict(body.named_modules(remove_duplicate=False))
    return [
        Place(path, module, modules[path.rpartition(".")[0]])
        for path, module in modules.items()
        if path and wanted(module)
    ]
