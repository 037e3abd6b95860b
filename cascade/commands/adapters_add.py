"""The command `adapters add`: puts a shared pair where `--pair NAME` finds it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path
from cascade.pipeline.shared_pairs import add_pair

SUMMARY = "Adds a pair of adapters to your own, where --pair NAME finds it."


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command by itself; returns its exit status."""
    parser = argparse.ArgumentParser(prog="cascade-ner adapters add", description=SUMMARY)
    add_options(parser)
    asked = parser.parse_args(arguments)
    return exit_status(lambda: _add(asked), interrupted="interrupted; nothing was added")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument("source", type=named_path, metavar="FILE", help="file that adapters pack wrote, or a folder")
    parser.add_argument("--name", help="what to call the pair (default: as it is called)")
    parser.add_argument("--replace", action="store_true", help="take the place of a pair of that name")
    parser.add_argument("--base", help="base model that you will use it with (default: the embedded one)")


def run(asked: argparse.Namespace) -> int:
    """Adds the pair; returns the exit status 0."""
    _add(asked)
    return 0


def _add(asked: argparse.Namespace) -> None:
    added = add_pair(asked.source, name=asked.name, replace=asked.replace, base=asked.base, report=_say)
    if added.left_out:
        _say(f"note: left out, as no part of a pair: {', '.join(added.left_out)}")
    print(f"added {added.name} for {added.base}, in {added.place}")
    base = "" if asked.base is None else f" --base {asked.base}"
    print(f"use it: cascade-ner infer texts.txt --pair {added.name}{base} --types {','.join(added.types[:3])!r}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
