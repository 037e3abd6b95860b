"""Inputs that once broke a promise, by surface: the first that any run tries."""

from __future__ import annotations

from fuzz.places import TESTS

FOLDER = TESTS / "data" / "fuzz"


def kept(surface: str) -> list[bytes]:
    """The inputs that are kept of a surface, in the order of their names."""
    folder = FOLDER / surface
    return [file.read_bytes() for file in sorted(folder.iterdir())] if folder.is_dir() else []
