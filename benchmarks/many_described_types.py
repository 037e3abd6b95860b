"""Asking for a thousand types with descriptions: `python -m benchmarks.many_described_types --data FOLDER`.

The types of a corpus are asked for among ever more others, all with descriptions: those of `train/corpora` first, then
such as no text has, made of them (`lunar railway station`: a railway station, on the Moon). Shown for each number of
types: tokens of the prompt, seconds until the first text is read, texts a second after it, peak memory of the process
until then, and strict precision, recall and F1 of the corpus' own types; any other type that is found counts as wrong,
also one that is right beside them, such as a city where the corpus has locations.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.descriptions import DESCRIPTIONS, described, read_descriptions
from benchmarks.quality import ends, own_types, unlabelled
from benchmarks.reading_options import add_measuring_options, asked_cascade
from benchmarks.unseen_types import documents_of
from cascade import Cascade, Document, EntityType, Taxonomy
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.errors import CascadeError
from cascade.scoring.scores import score
from cascade.stages.asked_names import asked_names
from cascade.whole_files import write_whole
from train.corpora.type_words import DESCRIPTIONS as EVERY

KNOWN = {name: text for name, text in sorted(EVERY.items()) if "," not in name}  # which ends a name in the prompt
# what no text of today's world has, so that other names of a right entity are not counted as wrong
QUALITIES = {"lunar": "on the Moon", "underwater": "at the bottom of the sea", "Martian": "on Mars"}
QUALITIES |= {"toy": "as a toy for children", "prehistoric": "before there was writing"}


def others(own: Sequence[str], seed: int) -> list[EntityType]:
    """Described types that are none of `own` and share no word with them: known ones, then made ones as drawn."""
    words = {word for name in own for word in name.casefold().split()}
    known = [EntityType(name, text) for name, text in KNOWN.items() if not words & set(name.casefold().split())]
    made = [
        EntityType(f"{quality} {name}", f"{text}, {where}")
        for quality, where in QUALITIES.items()
        for name, text in KNOWN.items()
    ]
    return [*known, *random.Random(seed).sample(made, len(made))]


def asked(own: Taxonomy, number: int, seed: int) -> Taxonomy:
    """The corpus' own types among others, so many in all; raises CascadeError for more than there are."""
    rest, wanted = others([root.name for root in own.roots], seed), number - len(own.roots)
    if wanted > len(rest):
        most = len(own.roots) + len(rest)
        raise CascadeError(f"{number:,} types are to be asked for; expected at most {most:,} with these of the corpus")
    return Taxonomy((*own.roots, *rest[: max(0, wanted)]))


def measured(cascade: Cascade, documents: Sequence[Document], types: Taxonomy) -> dict[str, Any]:
    """The figures of one number of types: speed, memory and scores, as fractions."""
    bare = unlabelled(documents)
    began = time.perf_counter()
    found = [cascade(bare[0], types)]
    first = time.perf_counter() - began
    began = time.perf_counter()
    found += cascade(bare[1:], types)
    seconds = time.perf_counter() - began
    report = score(documents, found)
    interval = report.f1_interval
    return {
        "types": len(types.roots),
        "prompt_tokens": len(cascade.base.tokens.prefix(asked_names(types.roots))),
        "described": types.is_described and not cascade.counts.undescribed,
        "first_seconds": round(first, 2),
        "texts_a_second": round(len(bare[1:]) / seconds, 2) if seconds else None,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "documents": len(documents),
        "gold": report.strict.gold,
        "precision": report.strict.precision,
        "recall": report.strict.recall,
        "f1": report.strict.f1,
        "interval": [interval.low, interval.high] if interval else [0.0, 0.0],
    }


HEAD = (
    f"{'types':>6} {'prompt tokens':>13} {'first text, s':>13} {'texts/s':>8} {'peak MB':>8} "
    f"{'precision':>10} {'recall':>7} {'F1':>6}  95 % interval"
)


def line(row: Mapping[str, Any]) -> str:
    """A row of the table, measures in percent."""
    speed = "" if row["texts_a_second"] is None else f"{row['texts_a_second']:.2f}"
    return (
        f"{row['types']:6,} {row['prompt_tokens']:13,} {row['first_seconds']:13.1f} {speed:>8} {row['peak_mb']:8,} "
        f"{100 * row['precision']:10.1f} {100 * row['recall']:7.1f} {100 * row['f1']:6.1f}  {ends(row['interval'])}"
    )


def rows_of(
    cascade: Cascade, documents: Sequence[Document], own: Taxonomy, options: argparse.Namespace
) -> Iterator[Any]:
    """A row for the corpus' own types, and one for each number of types that is larger."""
    sizes = [len(own.roots), *(size for size in sorted(options.numbers) if size > len(own.roots))]
    for size in sizes:
        types = asked(own, size, options.seed)
        yield measured(cascade.fresh(), documents, types.undescribed() if options.names_alone else types)


def arguments() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.many_described_types", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--corpus", default="phoner_covid_vi", help="one of --descriptions (default: %(default)s)")
    parser.add_argument("--descriptions", type=Path, default=DESCRIPTIONS, help="file of them (default: %(default)s)")
    parser.add_argument(
        "--numbers", type=positive, nargs="+", default=[100, 300, 1000], help="of types (default: %(default)s)"
    )
    parser.add_argument("--sentences", type=positive, default=100, help="drawn from the corpus (default: %(default)s)")
    parser.add_argument("--names-alone", action="store_true", help="ask for the same types without descriptions")
    add_measuring_options(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _run(arguments().parse_args(argv)))


def _run(options: argparse.Namespace) -> None:
    known = read_descriptions(options.descriptions)
    if options.corpus not in known:
        raise CascadeError(f"{options.descriptions}: describes no types of {options.corpus}; expected them there")
    documents = documents_of(options.data / options.corpus, options.sentences, options.seed)
    own = described(own_types(documents), known[options.corpus])
    rows = []
    print(HEAD)
    for row in rows_of(asked_cascade(options), documents, own, options):
        rows.append(row)
        print(line(row), flush=True)
        if options.json is not None:  # after each number, so that an interrupted run keeps its results
            write_whole(options.json, json.dumps({"corpus": options.corpus, "rows": rows}, indent=1) + "\n")
    if not rows[-1]["described"] and not options.names_alone:
        print("the adapters were trained without descriptions: they read the names alone")


if __name__ == "__main__":
    sys.exit(main())
