"""Writes what `infer` found: to the output, to the terminal, or to both."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator

from cascade.commands.output_options import WITHOUT_LOSS, chosen_format
from cascade.document import Document
from data_formats.registry import write
from data_formats.report import Report
from data_formats.text_files import STANDARD_STREAM


def output_format(asked: argparse.Namespace) -> str:
    """The name of the format that the output is written in."""
    return chosen_format(asked.output, asked.output_format).name


def written(found: Iterable[Document], asked: argparse.Namespace) -> Report:
    """Writes the documents where it was asked for; returns what was written."""
    if asked.show and asked.output == STANDARD_STREAM:
        return write(found, STANDARD_STREAM, "terminal")
    return write(_shown(found) if asked.show else found, asked.output, output_format(asked))


def told(report: Report, asked: argparse.Namespace) -> Report:
    """What a file of results lacks; what a page or a terminal lacks is not told."""
    return Report() if output_format(asked) in WITHOUT_LOSS else report


def _shown(found: Iterable[Document]) -> Iterator[Document]:
    """The documents, each shown on standard output as it passes."""
    from cascade.document.terminal import Screen

    screen = Screen(sys.stdout)
    for document in found:
        screen.show(document)
        yield document
