"""The command `adapters pack`: a trained pair in, one file to share out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path
from cascade.pipeline.shared_pairs import pack_pair

SUMMARY = "Writes a pair of adapters into one file that can be shared."


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command by itself; returns its exit status."""
    parser = argparse.ArgumentParser(prog="cascade-ner adapters pack", description=SUMMARY)
    add_options(parser)
    asked = parser.parse_args(arguments)
    return exit_status(lambda: _pack(asked))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument("pair", metavar="PAIR", help="folder of a pair, as train --out writes it, or one of your pairs")
    parser.add_argument("-o", "--output", type=named_path, metavar="FILE", help="default: NAME.pair.zip")
    parser.add_argument("--name", help="what the pair is called (default: its folder's name)")


def run(asked: argparse.Namespace) -> int:
    """Writes the file; returns the exit status 0."""
    _pack(asked)
    return 0


def _pack(asked: argparse.Namespace) -> None:
    packed = pack_pair(asked.pair, asked.output, name=asked.name)
    if packed.left_out:
        print(f"note: left out, as no part of a pair: {', '.join(packed.left_out)}", file=sys.stderr)
    for stage, number in packed.without_licence.items():
        print(f"note: the {stage}'s card states no licence of {number} of its data; users will ask", file=sys.stderr)
    print(f"wrote {packed.place}: pair {packed.name} for {packed.base}, {packed.size / 1e6:.1f} MB")


if __name__ == "__main__":
    sys.exit(main())
