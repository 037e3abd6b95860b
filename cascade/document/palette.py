"""Colours of types: told apart without colour vision, and readable on light and on dark ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32


class Hue(NamedTuple):
    """Ground and ink of a mark on light and on dark pages, as #rrggbb, and the nearest colour of terminals (SGR)."""

    ground: str
    ink: str
    dark_ground: str
    dark_ink: str
    terminal: int


# The hues of Okabe and Ito (2008), mixed with white or dark until ink on ground has a contrast of 4.5 (WCAG 2.2, AA).
HUES = (
    Hue("#f8f3aa", "#706a1f", "#5c5929", "#f0e442", 93),
    Hue("#f2dce8", "#854f6d", "#503749", "#dba1c2", 35),
    Hue("#d3ecf9", "#326887", "#2a4a5e", "#7cc5ee", 36),
    Hue("#f8e6bd", "#855c00", "#594314", "#ebb12f", 33),
    Hue("#bde6db", "#006a4d", "#0f4339", "#56bfa2", 32),
    Hue("#f4d5bd", "#944100", "#532e14", "#e39456", 31),
    Hue("#bddaeb", "#005c90", "#0f354d", "#5ea6ce", 34),
    Hue("#e4e4e4", "#616161", "#404145", "#b4b4b4", 37),
)
LINES = ("solid", "dashed", "dotted", "double")  # of the border, where there are more types than hues


@dataclass(frozen=True, slots=True)
class Look:
    """How a type is drawn: the number of its hue and of its line."""

    hue: int
    line: int


class Palette:
    """The looks of types, given out as types are met.

    A type gets the hue that its name hashes to, or the next free one, so that it mostly keeps its colour from view to
    view. From the 33rd type on, looks repeat.
    """

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}
        self._free = set(range(len(HUES)))

    def look(self, name: str) -> Look:
        """The look of a type."""
        if name not in self._looks:
            if not self._free:
                self._free = set(range(len(HUES)))
            wanted = crc32(name.encode())
            hue = next(place for step in range(len(HUES)) if (place := (wanted + step) % len(HUES)) in self._free)
            self._free.remove(hue)
            self._looks[name] = Look(hue, len(self._looks) // len(HUES) % len(LINES))
        return self._looks[name]


def rules() -> str:
    """The CSS of all looks inside `.cascade-view`; `.e` is a mark or a chip, `.h0` its hue, `.l0` its line."""
    light = "".join(_rule(f"h{n}", f"--g:{hue.ground};--i:{hue.ink}") for n, hue in enumerate(HUES))
    dark = "".join(_rule(f"h{n}", f"--g:{hue.dark_ground};--i:{hue.dark_ink}") for n, hue in enumerate(HUES))
    lines = "".join(_rule(f"l{n}", f"--l:{line}") for n, line in enumerate(LINES))
    return f"{light}{lines}@media screen and (prefers-color-scheme:dark){{{dark}}}"


def _rule(name: str, declarations: str) -> str:
    return f".cascade-view .{name}{{{declarations}}}"
