"""The command `adapters verify`: reads all files of adapters and says which are not whole."""

from __future__ import annotations

import argparse
import json
import sys

from cascade.commands.exit_status import FAILED
from cascade.commands.option_types import named_path
from cascade.commands.tables import table
from cascade.errors import AdapterError
from cascade.pipeline.checks.adapter_files import SUMS, findings, listed_sums, shipped_adapters, sums_beside, user_pairs
from cascade.pipeline.checks.outcome import FAIL, OK

_COLOURS = {OK: 32, FAIL: 31}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=named_path,
        help="folder of adapters, or the name of an added pair (default: the shipped ones)",
    )
    parser.add_argument(
        "--sums",
        metavar="FILE",
        type=named_path,
        help=f"checksums to compare with, as sha256sum writes them (default: FOLDER/{SUMS}, if there is one)",
    )
    parser.add_argument("--json", action="store_true", help="a JSON list in place of a table")


def run(asked: argparse.Namespace) -> int:
    """Prints a line for each adapter; returns the exit status, 2 if anything is wrong."""
    folder = asked.folder or shipped_adapters()
    if not folder.is_dir():
        folder = user_pairs().get(str(folder), folder)
    found = list(findings(folder, sums_beside(folder) if asked.sums is None else listed_sums(asked.sums)))
    if not found:
        raise AdapterError(f"{folder}: holds no adapter; expected folders with a card and weights below it")
    if asked.json:
        rows = [{"name": each.name, "sha256": each.checksum or None, "problems": each.problems} for each in found]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        states = [FAIL if each.problems else OK for each in found]
        cells = [
            [state, each.name, each.checksum[:16], "; ".join(each.problems)]
            for state, each in zip(states, found, strict=True)
        ]
        print(
            table(("state", "adapter", "sha256", "problems"), cells, sys.stdout, styles=[_COLOURS[s] for s in states])
        )
    return FAILED if any(each.problems for each in found) else 0
