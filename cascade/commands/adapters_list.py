"""The command `adapters list`: all adapters below a folder, a line each."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from cascade.commands.option_types import named_path
from cascade.commands.tables import table
from cascade.pipeline.adapter_facts import facts, shelves
from cascade.pipeline.checks.outcome import size_of

HEAD = ("adapter", "stage", "languages", "rank", "base", "size", "builds on", "licences of its corpora")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=named_path,
        help="folder of adapters (default: the shipped ones and your own)",
    )
    parser.add_argument("--json", action="store_true", help="a JSON list in place of a table")


def run(asked: argparse.Namespace) -> int:
    """Prints the table or the list; returns the exit status 0."""
    rows = [facts(adapter, shelf) for shelf in shelves(asked.folder) for adapter in shelf.adapters]
    if asked.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        print(table(HEAD, [_cells(row) for row in rows], sys.stdout))
    return 0


def _cells(row: dict[str, Any]) -> list[str]:
    languages = row["languages"]
    named = " ".join(languages) if len(languages) <= 3 else f"{len(languages)} languages"
    cells = [row["name"], row["stage"], named, str(row["rank"]), row["base"], size_of(row["bytes"])]
    return [*cells, row["builds_on"] or "", "; ".join(row["licences"])]
