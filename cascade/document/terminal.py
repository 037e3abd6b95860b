"""Documents as lines for a terminal: entities in brackets in their text, coloured by type."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from typing import TextIO

from cascade.document.marks import Closing, Marked, Opening, Shown, facts, steps
from cascade.document.palette import HUES, LINES, Palette

RESET = "\x1b[0m"
DIM = "\x1b[2m"
UNDERLINED = 4
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they turn the direction of what follows


class Screen:
    """Shows documents on a stream as they come, a type in one colour throughout."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._palette, self._colour = stream, Palette(), takes_colour(stream)

    def show(self, document: Shown) -> None:
        """Writes a document and an empty line."""
        self._stream.write(terminal_document(document, self._palette, colour=self._colour) + "\n\n")
        if self._stream.isatty():
            self._stream.flush()  # someone is waiting for it


def takes_colour(stream: TextIO) -> bool:
    """Whether to colour what is written to a stream.

    NO_COLOR (no-color.org) forbids it, FORCE_COLOR asks for it, such as in front of `less -R`; else terminals get it.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty() and os.environ.get("TERM") != "dumb"


def terminal_document(document: Shown, palette: Palette, *, colour: bool) -> str:
    """A line that names the document, its language and its adapters; then its text, without a newline at the end."""
    about = " · ".join(map(_harmless, facts(document)))
    text = terminal_text(document.text, document.entities, palette, colour=colour)
    return f"{DIM if colour else ''}── {about}{RESET if colour else ''}\n{text}"


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
    score += " ?" if step.entity.unsure else ""
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
        character.encode("unicode_escape").decode()
        if character in TURNING or unicodedata.category(character) == "Cc" and character not in "\n\t"
        else character
        for character in text
    )
