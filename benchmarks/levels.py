"""Compares reading level by level with all leaves at once: `python -m benchmarks.levels --data D --taxonomy T --out O`.

This is for large taxonomies, by cross-validation: the documents are split at random into folds. Adapters that
`train.run` trained on the other folds (starting from `--start-from`) read each fold in two ways: by descending the
taxonomy, and with a flat list of its leaves. F1 is over the documents of all folds together. Existing results are kept,
so that an interrupted run continues.

With `--adapters` nothing is trained: a pair that has not seen the documents, such as those that its mixture holds out,
reads them all.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.held_out import held_out_documents
from benchmarks.quality import ends, scores_of
from benchmarks.trainings import trained
from cascade import Cascade, Document
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.errors import CascadeError
from cascade.scoring.scores import score
from cascade.taxonomy.parsing import read_taxonomy
from cascade.taxonomy.tree import Taxonomy
from cascade.whole_files import write_whole
from data_formats import read
from train.corpora.mixtures import is_mixture


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.levels", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="labelled documents in any read format, or a mixture with held-out ones; types are the taxonomy's",
    )
    parser.add_argument(
        "--data-root", type=Path, help="folder that a mixture's paths start from (default: the mixture's)"
    )
    parser.add_argument("--sentences", type=positive, help="read only the first so many documents (default: all)")
    parser.add_argument("--taxonomy", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument(
        "--start-from", type=Path, help="folder of two adapters to train further (default: start from nothing)"
    )
    parser.add_argument(
        "--adapters",
        type=Path,
        help="folder of two adapters that have not seen the documents, to read them all; nothing is trained",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for adapters, work and levels.json")
    parser.add_argument("--steps", type=int, default=300, help="steps a stage (default: %(default)s)")
    parser.add_argument("--learning-rate", type=float, default=5e-4)
    parser.add_argument("--base")
    parser.add_argument("--seed", type=int, default=1, help="seed of the folds and the training (default: %(default)s)")
    return parser


def folds_of(documents: Sequence[Document], count: int, seed: int) -> list[list[Document]]:
    """The documents in `count` parts of nearly equal size, drawn at random; each part keeps their order."""
    if not 2 <= count <= len(documents):
        raise CascadeError(
            f"--folds {count} of {len(documents)} documents; expected 2 at least and at most one a document"
        )
    places = list(range(len(documents)))
    random.Random(seed).shuffle(places)
    return [[documents[place] for place in sorted(places[fold::count])] for fold in range(count)]


def read_timed(cascade: Cascade, documents: Sequence[Document], types: Taxonomy) -> tuple[list[Document], float]:
    """The documents with the entities found, and the seconds that this took.

    The first eight documents are read beforehand, so that start-up costs are not measured.
    """
    bare = [document.with_entities(()) for document in documents]
    cascade(bare[:8], types)
    started = time.monotonic()
    return cascade(bare, types), time.monotonic() - started


def line(name: str, figures: Mapping[str, Any]) -> str:
    """A row of the table: F1 and the shares in percent."""
    scores = (
        f"{100 * figures['f1']:>8.1f}  "
        f"{ends(figures['interval']):<14}{100 * figures['span_f1']:>9.1f}{100 * figures['type_accuracy']:>8.1f}"
    )
    return f"{name:<16}{figures['documents']:>7}{scores}{figures['documents'] / figures['seconds']:>12.1f}"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(
        lambda: _measure_all(arguments().parse_args(argv)),
        interrupted="interrupted; the same command goes on from there",
    )


def _measure_all(options: argparse.Namespace) -> None:
    if options.adapters is not None and options.start_from is not None:
        raise CascadeError(
            "--adapters and --start-from are both given; expected one: a pair that reads, or one that is trained on"
        )
    taxonomy, documents = read_taxonomy(options.taxonomy), _documents(options)
    ways = {"level by level": taxonomy, "flat": taxonomy.flattened()}
    gold: list[Document] = []
    found: dict[str, list[Document]] = {way: [] for way in ways}
    seconds = dict.fromkeys(ways, 0.0)
    for name, part, cascade in _parts(options, documents):
        gold += part
        for way, types in ways.items():
            read_so, took = read_timed(cascade, part, types)
            found[way] += read_so
            seconds[way] += took
        print(
            f"{name:<16}{'docs':>7}{'F1':>8}  {'95 % interval':<14}{'span F1':>9}{'types':>8}{'docs/s':>12}", flush=True
        )
        results = {
            way: {"documents": len(gold), **scores_of(score(gold, found[way])), "seconds": seconds[way]} for way in ways
        }
        for way in ways:
            print(line(way, results[way]), flush=True)
        options.out.mkdir(parents=True, exist_ok=True)
        write_whole(options.out / "levels.json", json.dumps(results, indent=1) + "\n")


def _documents(options: argparse.Namespace) -> list[Document]:
    """The documents to read.

    Raises CascadeError for a mixture without `--adapters`, because its held-out documents must not be trained on.
    """
    if not is_mixture(options.data):
        return list(read(options.data))[: options.sentences]
    if options.adapters is None:
        raise CascadeError(
            f"{options.data}: holds documents out, which no pair should be trained on; name a data file, or a pair to "
            "read them by --adapters"
        )
    return held_out_documents(options.data, options.data_root or options.data.parent)[: options.sentences]


def _parts(options: argparse.Namespace, documents: Sequence[Document]) -> Iterator[tuple[str, list[Document], Cascade]]:
    """The parts of the documents, each with its name and a cascade that has not seen it."""
    if options.adapters is not None:
        yield "all", list(documents), Cascade.load(options.base, adapters=options.adapters)
        return
    folds = folds_of(documents, options.folds, options.seed)
    chosen = {
        "taxonomy": options.taxonomy,
        "start_from": options.start_from,
        "max_steps": options.steps,
        "epochs": options.steps,
        "scorings": 2,
    }
    chosen |= {"learning_rate": options.learning_rate, "seed": options.seed, "base": options.base}
    for number, fold in enumerate(folds):
        others = [document for other in folds if other is not fold for document in other]
        folder = options.out / f"fold-{number}-of-{options.folds}-seed-{options.seed}-{options.steps}-steps"
        trained(folder, others, chosen)
        yield f"fold {number + 1}", fold, Cascade.load(options.base, adapters=folder / "adapters")


if __name__ == "__main__":
    sys.exit(main())
