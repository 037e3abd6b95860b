"""Whether results depend on the order of types: `python -m benchmarks.type_order --data FILE ...`.

The types of each file are asked for in five orders, the first as they stand in the alphabet, the others drawn by a
seed. Shown: the share of texts whose entities (place and type) are not the same in all of them, and the share of
texts where a score differs.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality import own_types, unlabelled, without_commas
from benchmarks.reading_options import add_measuring_options, asked_cascade
from cascade import Cascade, Document
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.whole_files import write_whole
from data_formats import read


def orders(types: Sequence[str], count: int, seed: int) -> list[list[str]]:
    """So many orders of the types, the first of them alphabetical."""
    source = random.Random(seed)
    return [sorted(types), *(source.sample(list(types), len(types)) for _ in range(count - 1))]


def measured(cascade: Cascade, documents: Sequence[Document], asked: Sequence[Sequence[str]]) -> dict[str, Any]:
    """How many texts have other entities, or other scores, in some of the orders."""
    bare = unlabelled(documents)
    readings = [cascade(bare, list(types)) for types in asked]
    entities = scores = 0
    for found in zip(*readings, strict=True):
        places = {frozenset((*each.span, each.type) for each in document.entities) for document in found}
        scored = {frozenset((*each.span, each.type, each.score) for each in document.entities) for document in found}
        entities, scores = entities + (len(places) > 1), scores + (len(scored) > 1)
    return {
        "texts": len(documents),
        "types": len(asked[0]),
        "orders": len(asked),
        "entities": sum(len(document.entities) for document in readings[0]),
        "texts_with_other_entities": entities,
        "texts_with_other_scores": scores,
    }


def line(name: str, row: Mapping[str, Any]) -> str:
    """A row of the table."""
    changed, scored = (100 * row[f"texts_with_other_{what}"] / max(1, row["texts"]) for what in ("entities", "scores"))
    return f"{name:28} {row['texts']:6,} {row['types']:6,} {row['entities']:9,} {changed:15.1f} {scored:13.1f}"


def arguments() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.type_order", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="labelled files in any read format")
    parser.add_argument("--sentences", type=positive, default=200, help="drawn from each file (default: %(default)s)")
    parser.add_argument("--orders", type=positive, default=5, help="of the types (default: %(default)s)")
    add_measuring_options(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _run(arguments().parse_args(argv)))


def _run(options: argparse.Namespace) -> None:
    cascade = asked_cascade(options)
    rows: dict[str, Any] = {}
    print(f"{'file':28} {'texts':>6} {'types':>6} {'entities':>9} {'other entities,':>15} {'other scores,'} in percent")
    for file in options.data:
        every = list(without_commas(read(file)))
        documents = random.Random(options.seed).sample(every, min(options.sentences, len(every)))
        name = f"{file.parent.name}/{file.stem}"
        rows[name] = measured(cascade, documents, orders(own_types(every), options.orders, options.seed))
        print(line(name, rows[name]), flush=True)
    if options.json is not None:
        write_whole(options.json, json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
