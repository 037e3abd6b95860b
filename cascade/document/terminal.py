"""Documents as lines for a terminal: entities in brackets in their text, coloured by type."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TextIO

from cascade.document.marks import Closing, Marked, Opening, steps
from cascade.document.palette import HUES, LINES, Palette

RESET = "\x1b[0m"
DIM = "\x1b[2m"
UNDERLINED = 4
KEPT = "\n\t\u200c\u200d"  # of control and format characters: breaks, and the joiners that scripts and emoji need


def takes_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to colour what is written to a stream: a terminal that is not dumb, and no NO_COLOR (no-color.org)."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def terminal_text(text: str, entities: Iterable[Marked], palette: Palette, *, colour: bool) -> str:
    """The text with its entities as `[Ada Lovelace | person 0.98]`; nested ones nest, crossing ones are cut with `…`.

    Control characters of text and types are written as escapes: a text must not steer the terminal.
    """
    written: list[str] = []
    styles: list[str] = [""]
    for step in steps(text, entities):
        if isinstance(step, str):
            written.append(_harmless(step))
        elif isinstance(step, Opening):
            styles.append(_style(step.entity.type, palette) if colour else "")
            written.append(f"{styles[-1]}[{'' if step.begins else '…'}")
        else:
            written.append(f"{_label(step, styles.pop(), colour=colour)}{styles[-1]}")
    return "".join(written)


def _label(step: Closing, style: str, *, colour: bool) -> str:
    """The end of a mark: type and score where the entity ends, `…` where its rest follows behind a crossing one."""
    if not step.ends:
        return f"…]{RESET}" if colour else "…]"
    score = "" if step.entity.score is None else f" {step.entity.score:.2f}"
    name = f" | {_harmless(step.entity.type)}{score}"
    return f"{DIM}{name}{RESET}{style}]{RESET}" if colour else f"{name}]"


def _style(name: str, palette: Palette) -> str:
    look = palette.look(name)
    underlined = f";{UNDERLINED}" if look.line % len(LINES) else ""
    return f"{RESET}\x1b[1;{HUES[look.hue].terminal}{underlined}m"


def _harmless(text: str) -> str:
    """The text with control characters, and those that turn its direction, as escapes."""
    if text.isprintable():
        return text
    return "".join(
        character
        if character in KEPT or unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp")
        else character.encode("unicode_escape").decode()
        for character in text
    )
