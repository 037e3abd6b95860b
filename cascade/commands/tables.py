"""Tables for terminals: columns of even width, with a head in bold where colours are taken."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

from cascade.document.terminal import takes_colour

_LEAST = 12  # characters that the last column keeps on the narrowest terminal


def table(head: Sequence[str], rows: Iterable[Sequence[str]], stream: TextIO, *, styles: Sequence[int] = ()) -> str:
    """The table as text with a line a row; on a terminal, the last column is cut to what fits.

    styles: the SGR code of each row; none for other streams.
    """
    colour = takes_colour(stream)
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    most = shutil.get_terminal_size().columns if stream.isatty() else None
    lines = []
    for number, row in enumerate(cells):
        *others, last = row
        before = "".join(f"{cell}{' ' * (width - _width(cell))}  " for cell, width in zip(others, widths, strict=False))
        if most is not None:
            last = _cut(last, max(_LEAST, most - _width(before)))
        line = f"{before}{last}".rstrip()
        style = 1 if number == 0 else styles[number - 1] if styles else 0
        lines.append(f"\x1b[{style}m{line}\x1b[0m" if colour and style else line)
    return "\n".join(lines)


def _width(text: str) -> int:
    """The columns of a terminal that a text takes."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )


def _cut(text: str, most: int) -> str:
    if _width(text) <= most:
        return text
    while _width(text) > most - 1:
        text = text[:-1]
    return f"{text}…"
