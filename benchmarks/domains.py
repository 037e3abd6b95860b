"""Measures how well centroids tell texts apart: `python -m benchmarks.domains --data CORPORA`.

The result is the share of dev documents that are nearest to their own corpus. Each corpus gets a centroid from some of
its training documents, as a pair trained on it would. No adapter is read.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from cascade.adapters.centroid import Centroid, Nearest
from cascade.commands.exit_status import exit_status
from cascade.model.base_model import BaseModel
from cascade.stages.decisions import Floats
from cascade.whole_files import write_whole
from data_formats import read

CORPORA = (
    "crossner_ai",
    "crossner_literature",
    "crossner_music",
    "crossner_politics",
    "crossner_science",
    "bc5cdr",
    "wnut17",
    "uner_en-ewt",
)


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.domains", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of corpora, each a folder with train.jsonl and dev.jsonl"
    )
    parser.add_argument(
        "--corpora",
        default=",".join(CORPORA),
        help="names of at least two corpora, separated by commas (default: %(default)s)",
    )
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=[20, 100, 400],
        help="largest numbers of training documents (default: %(default)s)",
    )
    parser.add_argument(
        "--documents", type=int, default=200, help="most dev documents of each corpus (default: %(default)s)"
    )
    parser.add_argument("--base")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the shares here")
    return parser


def embeddings(file: Path, embed: Callable[[str], Floats], *, most: int, seed: int) -> Floats:
    """The embeddings of at most `most` documents of a file, drawn at random, (documents, hidden)."""
    documents = list(read(file))
    return np.stack(
        [embed(document.text) for document in random.Random(seed).sample(documents, min(most, len(documents)))]
    )


def shares(train: Sequence[Floats], dev: Sequence[Floats]) -> list[float]:
    """For each corpus, the share of its dev documents that are nearest to its own centroid."""
    nearest = Nearest([Centroid.of(each) for each in train])
    return [float(np.mean([nearest(embedding) == place for embedding in each])) for place, each in enumerate(dev)]


def table(names: Sequence[str], by_size: Mapping[int, Sequence[float]]) -> str:
    """The shares in percent, with a column for each number of training documents and the mean in the last row."""
    lines = [f"{'corpus':<24}" + "".join(f"{size:>8}" for size in by_size)]
    lines += [
        f"{name:<24}" + "".join(f"{100 * each[place]:>8.1f}" for each in by_size.values())
        for place, name in enumerate(names)
    ]
    return "\n".join([*lines, f"{'mean':<24}" + "".join(f"{100 * np.mean(each):>8.1f}" for each in by_size.values())])


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure(arguments().parse_args(argv)))


def _measure(options: argparse.Namespace) -> None:
    names, sizes = options.corpora.split(","), options.sizes
    base = BaseModel.load(options.base)
    train, dev = (
        [
            embeddings(options.data / name / f"{split}.jsonl", base.embedding_of, most=most, seed=options.seed)
            for name in names
        ]
        for split, most in (("train", max(sizes)), ("dev", options.documents))
    )
    by_size = {size: shares([each[:size] for each in train], dev) for size in sizes}
    print(table(names, by_size), flush=True)
    if options.json is not None:
        named = {size: dict(zip(names, each, strict=True)) for size, each in by_size.items()}
        write_whole(options.json, json.dumps(named, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
