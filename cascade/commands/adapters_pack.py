"""The command `adapters pack`: a trained pair in, one file to share out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cascade.adapters.pair_archive import ENDING, left_out, pack
from cascade.adapters.user_folder import check_name, user_pairs
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path
from cascade.errors import AdapterError

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
    parser.add_argument("-o", "--output", type=named_path, metavar="FILE", help=f"default: NAME{ENDING}")
    parser.add_argument("--name", help="what the pair is called (default: its folder's name)")


def run(asked: argparse.Namespace) -> int:
    """Writes the file; returns the exit status 0."""
    _pack(asked)
    return 0


def _pack(asked: argparse.Namespace) -> None:
    folder = _folder(asked.pair)
    name = asked.name or folder.resolve().name
    check_name(name)
    others = left_out(folder)
    out = asked.output or Path(f"{name}{ENDING}")
    if out.is_dir():
        raise AdapterError(f"{out}: is a folder; expected a file to write, such as {out / f'{name}{ENDING}'}")
    manifest = pack(folder, out, name=name)
    if others:
        print(f"note: left out, as no part of a pair: {', '.join(others)}", file=sys.stderr)
    for stage, number in _without_licence(folder):
        print(f"note: the {stage}'s card states no licence of {number} of its data; users will ask", file=sys.stderr)
    size = sum(size for size, _ in manifest.files.values())
    print(f"wrote {out}: pair {name} for {manifest.base}, {len(manifest.files)} files, {size / 1e6:.1f} MB")


def _folder(pair: str) -> Path:
    """The folder of a pair that is named by its path or as one of the user's."""
    return Path(pair) if Path(pair).is_dir() else user_pairs().get(pair, Path(pair))


def _without_licence(folder: Path) -> list[tuple[str, int]]:
    """The stages whose cards name data without a licence, and how many."""
    from cascade.adapters.model_card import read_pair

    pair = read_pair(folder)
    counts = [
        (each.card.stage, sum(not corpus.get("licence") for corpus in each.card.data))
        for each in (pair.extractor, pair.classifier)
    ]
    return [(stage, number) for stage, number in counts if number]


if __name__ == "__main__":
    sys.exit(main())
