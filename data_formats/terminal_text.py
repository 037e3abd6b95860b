"""Documents as coloured lines for a terminal: written only, to look at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from cascade.document import Document
from data_formats.report import TOKENS, Report


def write_terminal(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes each document as a line about it, its text with its entities in brackets, and an empty line."""
    from cascade.document.terminal import Screen  # only where something is shown

    screen = Screen(stream)
    for document in documents:
        screen.show(document)
        if document.tokens is not None:
            report.lose(TOKENS, document.id)
        report.wrote(len(document.entities))
