"""Cascades that components load when they first read, each once a process however many ask for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cascade import Cascade

_loaded: dict[str, Cascade] = {}  # by the options of Cascade.load


def loaded_cascade(options: Mapping[str, Any]) -> Cascade:
    """A cascade that `Cascade.load` made with these options, which counts for itself.

    There is no lock: one could be held by a thread while the process is forked, and nobody would free it in the child.
    Where two threads load at once, one result is kept.
    """
    from cascade import Cascade

    key = json.dumps(dict(options), sort_keys=True, default=str)  # paths are told by their names
    if key not in _loaded:
        cascade = Cascade.load(**options)
        _loaded.setdefault(key, cascade)
    return _loaded[key].fresh()
