"""Command-line options for reading the formats of annotation tools."""

from __future__ import annotations

import argparse

from data_formats.annotation_tools.offset_units import UNITS
from data_formats.read_options import OF_OBJECTS, OF_TOOLS


def add_tool_options(parser: argparse.ArgumentParser, title: str) -> None:
    """Adds --offsets and --text-key to a command."""
    tools = parser.add_argument_group(title)
    tools.add_argument(
        "--offsets", choices=UNITS, help="unit of the offsets; left out, it is the one that the tool counts by default"
    )
    tools.add_argument("--text-key", metavar="KEY", help="key of the texts; left out, it is text or the only text")


def tool_options(asked: argparse.Namespace) -> dict[str, str]:
    """The options that were given, by the names that the readers use."""
    names = [name for name in OF_TOOLS if name not in OF_OBJECTS]
    return {name: getattr(asked, name) for name in names if getattr(asked, name) is not None}
