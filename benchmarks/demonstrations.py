"""Measures what demonstrations are worth: `python -m benchmarks.demonstrations --train T --test X --out FOLDER`.

For each number of sentences drawn from T and each kind of demonstrations (none, sentence, entity, both), `train.run`
trains a pair. A fifth of the sentences is held out to choose the checkpoint, and read without demonstrations for this.
Then X is read without demonstrations and, if the pair knows them, with demonstrations from the same sentences. Existing
results are kept, so that an interrupted run continues.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality import ends, measure, own_types, without_commas
from benchmarks.trainings import drawn, sizes_of, trained
from cascade import Cascade, Document
from cascade.adapters.card import DEMONSTRATIONS
from cascade.commands.exit_status import exit_status
from cascade.demonstrations.wrapper import with_demonstrations
from cascade.whole_files import write_whole
from data_formats import read


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.demonstrations", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--train", type=Path, required=True, help="labelled sentences in any read format, of which some are drawn"
    )
    parser.add_argument("--test", type=Path, required=True, help="labelled sentences to score on")
    parser.add_argument(
        "--sizes", default="100,500,2000", help="numbers of sentences; `all` is the whole file (default: %(default)s)"
    )
    parser.add_argument("--kinds", default=",".join(DEMONSTRATIONS), help="separated by commas (default: %(default)s)")
    parser.add_argument(
        "--start-from", type=Path, help="folder of two adapters to train further (default: start from nothing)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for adapters, work and demonstrations.json")
    parser.add_argument("--types", help="separated by commas (default: those of the test sentences)")
    parser.add_argument("--steps", type=int, default=200, help="steps a stage (default: %(default)s)")
    parser.add_argument("--learning-rate", type=float, help="default: the recipe's")
    parser.add_argument("--base")
    parser.add_argument("--seed", type=int, default=1, help="seed of the draw and the training (default: %(default)s)")
    return parser


def line(row: Mapping[str, Any]) -> str:
    """A row of the table: F1 in percent with its interval, without and with demonstrations at inference."""
    cells = [
        f"{100 * row[name]['f1']:>8.1f} {ends(row[name]['interval']):<14}" if row[name] else f"{'':>23}"
        for name in ("without", "with")
    ]
    return f"{row['sentences']:>10,}  {row['kind']:<10}" + "".join(cells)


def head() -> str:
    """The header of the table."""
    return f"{'sentences':>10}  {'training':<10}{'F1 without':>14}{'':>9}{'F1 with':>14}"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(
        lambda: _measure_all(arguments().parse_args(argv)),
        interrupted="interrupted; the same command goes on from there",
    )


def _measure_all(options: argparse.Namespace) -> None:
    sentences, test = list(without_commas(read(options.train))), list(without_commas(read(options.test)))
    types = options.types.split(",") if options.types else own_types(test)
    chosen = {"start_from": options.start_from, "max_steps": options.steps, "scorings": 2}
    chosen |= {"learning_rate": options.learning_rate, "seed": options.seed, "base": options.base}
    rows: list[dict[str, Any]] = []
    print(head(), flush=True)
    for size in sizes_of(options.sizes, len(sentences)):
        documents = drawn(sentences, size, options.seed)
        # a step reads about 20 sentences, and a fifth of all is held out, so these epochs are more than enough
        epochs = -(-options.steps * 50 // size)
        for kind in options.kinds.split(","):
            folder = options.out / f"{size}-{kind}-{options.steps}-steps-seed-{options.seed}"
            trained(folder, documents, chosen | {"demonstrations": kind, "epochs": epochs})
            rows.append(
                {
                    "sentences": size,
                    "kind": kind,
                    **_scores(folder / "adapters", documents if kind != "none" else None, test, types, options.base),
                }
            )
            print(line(rows[-1]), flush=True)
            write_whole(options.out / "demonstrations.json", json.dumps(rows, indent=1) + "\n")


def _scores(
    adapters: Path, shown: Sequence[Document] | None, test: Sequence[Document], types: Sequence[str], base: str | None
) -> dict[str, Any]:
    """The scores on the test sentences, without demonstrations and, if `shown` has some, with examples from these."""
    found: dict[str, Any] = {"without": measure(Cascade.load(base, adapters=adapters), test, types), "with": None}
    if shown is not None:
        found["with"] = measure(with_demonstrations(Cascade.load(base, adapters=adapters), shown), test, types)
    return found


if __name__ == "__main__":
    sys.exit(main())
