"""Command-line options for reading column files with labels."""

from __future__ import annotations

import argparse

from data_formats.columns.labels import REPAIRS, SCHEMES
from data_formats.read_options import OF_ROWS
from data_formats.spacing import JOINS


def add_column_options(parser: argparse.ArgumentParser, title: str) -> argparse._ArgumentGroup:
    """Adds the options to a command, from --scheme to --label-names; returns their argument group."""
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
        "alone; in lists and tables of tokens the key or the name of the column",
    )
    columns.add_argument(
        "--token-column",
        metavar="N",
        help="column of the tokens from 1, or its name in the header; left out, it is found",
    )
    columns.add_argument(
        "--label-names",
        metavar="NAMES",
        help="names of labels that are numbers in lists of tokens, in their order with commas: O,B-PER,I-PER",
    )
    return columns


def column_options(asked: argparse.Namespace) -> dict[str, str]:
    """The options that were given, by the names that the readers use."""
    return {name: getattr(asked, name) for name in (*OF_ROWS, "label_names") if getattr(asked, name) is not None}
