"""The files in a folder and below it, as inputs: links are followed once, hidden files and folders passed over."""

from __future__ import annotations

import os
from collections.abc import Iterator


def walked(folder: str) -> Iterator[tuple[str, list[str]]]:
    """Each folder with the names of its files, the given one first; a folder that several links lead to comes once."""
    seen: set[str] = set()
    for below, folders, names in os.walk(folder, followlinks=True):
        place = os.path.realpath(below)
        if place in seen:
            folders.clear()
            continue
        seen.add(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield below, [name for name in names if not name.startswith(".")]
