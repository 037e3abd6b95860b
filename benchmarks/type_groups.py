"""Scores held-out groups of types: `python -m benchmarks.type_groups --data MIXTURE --groups GROUPS.json`.

Each group's types are asked for by themselves. The documents are those that the mixture holds out and by which no
checkpoint was chosen. A pair from which `train.run --without-types` kept a group (`--held-out` marks it) can so be
compared with a pair that was trained on the group. `--adapters PAIR` names the pair.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.held_out import held_out_documents
from benchmarks.quality import ends, measure, own_types
from benchmarks.reading_options import add_reading_options, asked_cascade
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.errors import CascadeError
from cascade.taxonomy.parsing import read_taxonomy
from cascade.whole_files import write_whole


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.type_groups", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="mixture whose held-out documents are read")
    parser.add_argument(
        "--data-root", type=Path, help="folder that the mixture's paths start from (default: the mixture's)"
    )
    parser.add_argument(
        "--groups",
        type=Path,
        required=True,
        help="taxonomy of two levels: groups and their types, as prompts call them",
    )
    parser.add_argument(
        "--held-out",
        default="",
        help="groups that the adapters were not trained on, separated by commas: marked with a star",
    )
    parser.add_argument("--sentences", type=positive, help="read only the first so many (default: all)")
    add_reading_options(parser)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser


def groups_of(file: Path) -> dict[str, list[str]]:
    """The types of each group; raises CascadeError for a group without types, or with types of several levels."""
    roots = read_taxonomy(file).roots
    if odd := [root.name for root in roots if not root.children or any(child.children for child in root.children)]:
        raise CascadeError(f"{file}: {', '.join(odd)}; expected groups with a list of types each")
    return {root.name: [child.name for child in root.children] for root in roots}


def line(name: str, figures: Mapping[str, Any]) -> str:
    """A row of the table: F1 and the shares in percent."""
    scores = (
        f"{100 * figures['f1']:>8.1f}  "
        f"{ends(figures['interval']):<14}{100 * figures['precision']:>10.1f}{100 * figures['recall']:>8.1f}"
    )
    both = f"{100 * figures['span_f1']:>9.1f}{100 * figures['type_accuracy']:>8.1f}"
    return f"{name:<20}{figures['entities']:>9,}{scores}{both}"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure_all(arguments().parse_args(argv)))


def _measure_all(options: argparse.Namespace) -> None:
    groups = groups_of(options.groups)
    held_out = [name for name in options.held_out.split(",") if name]
    if unknown := sorted(set(held_out) - set(groups)):
        raise CascadeError(f"--held-out: {', '.join(unknown)}; expected some of {', '.join(groups)}")
    documents = held_out_documents(options.data, options.data_root or options.data.parent)[: options.sentences]
    if missing := sorted({name for types in groups.values() for name in types} - set(own_types(documents))):
        raise CascadeError(
            f"{options.groups}: no held-out document has {', '.join(missing)}; expected the types as the mixture "
            "calls them"
        )
    cascade = asked_cascade(options)
    print(
        f"{'group':<20}{'entities':>9}{'F1':>8}  "
        f"{'95 % interval':<14}{'precision':>10}{'recall':>8}{'span F1':>9}{'types':>8}",
        flush=True,
    )
    results: dict[str, dict[str, Any]] = {}
    for name, types in groups.items():
        figures = measure(cascade, documents, types)
        results[name] = {"held_out": name in held_out, **figures}
        print(line(f"{name}*" if name in held_out else name, figures), flush=True)
        if options.json is not None:  # after each group, so that an interrupted run keeps its results
            write_whole(options.json, json.dumps(results, indent=1) + "\n")
    for kind in (True, False):
        scores = [row["f1"] for row in results.values() if row["held_out"] is kind]
        if scores:
            print(
                f"mean of {len(scores)} groups {'held out' if kind else 'trained on'}: "
                f"{100 * sum(scores) / len(scores):.1f}",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
