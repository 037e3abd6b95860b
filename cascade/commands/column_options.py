"""Command-line options for reading column files with labels."""

from __future__ import annotations

import argparse

from data_formats.columns.labels import REPAIRS, SCHEMES
from data_formats.read_options import OF_COLUMNS
from data_formats.spacing import JOINS


def add_column_options(parser: argparse.ArgumentParser, title: str) -> argparse._ArgumentGroup:
    """Adds --scheme, --repair, --join and --label-column to a command; returns their argument group."""
    columns = parser.add_argument_group(title)
    columns.add_argument(
        "--scheme", choices=("auto", *SCHEMES), help="what the labels mean; auto finds it from the whole file"
    )
    columns.add_argument(
        "--repair", choices=REPAIRS, help="begin: a label that cannot go on begins an entity; left out, it is an error"
    )
    columns.add_argument(
        "--join",
        choices=("auto", *JOINS),
        help="what stands between tokens in the text; auto decides by the tokens' scripts",
    )
    columns.add_argument(
        "--label-column",
        metavar="N",
        help="column of the labels from 1, negative from the end, several with commas, all, or none: tokens and text "
        "alone",
    )
    return columns


def column_options(asked: argparse.Namespace) -> dict[str, str]:
    """The options that were given, by the names that the readers use."""
    return {name: getattr(asked, name) for name in OF_COLUMNS if getattr(asked, name) is not None}
