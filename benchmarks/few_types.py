"""Precision where users ask for few types: `python -m benchmarks.few_types --data CORPORA`, strict precision, recall and F1 by the number of types asked for.

Of each corpus' own types some are drawn, several times; the documents are read for these alone and scored on these alone.  What belongs to the other types has
to be left out by the extractor or rejected by the classifier: the false entities of a document say how well.  A politician where persons were asked for is no
mistake, though the corpus calls the same span a politician alone: such entities count neither way.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality import asked_for, own_types, unlabelled
from benchmarks.reading_options import add_reading_options, asked_cascade
from cascade import Cascade, Document
from cascade.score_report import Counts
from cascade.scoring import score
from data_formats import read
from data_formats.exit_status import exit_status

CORPORA = tuple(f"crossner_{domain}/dev" for domain in ("ai", "literature", "music", "politics", "science"))
ALL = "all"
KINDS = {  # a type that may be asked for, and types of these corpora that are kinds of it
    "event": {"conference", "election"},
    "location": {"country"},
    "organization": {"band", "company", "political party", "university"},
    "person": {"musical artist", "politician", "researcher", "scientist", "writer"},
    "product": {"programming language"},
}
NOT_ASKED_FOR = {"miscellaneous", "other"}  # what they mean depends on the other types


@dataclass(frozen=True, slots=True)
class Row:
    """A corpus, how many of its types were asked for (ALL for every one), and the strict counts of all draws together."""

    corpus: str
    types: str
    readings: int
    counts: Counts


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.few_types", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--corpora", default=",".join(CORPORA), help="corpus/split, separated by commas (default: %(default)s)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2, 4], help="numbers of types asked for; all of them come last (default: %(default)s)")
    parser.add_argument("--draws", type=int, default=3, help="draws of types for each number (default: %(default)s)")
    parser.add_argument("--sentences", type=int, default=100, help="the first so many of each corpus (default: %(default)s)")
    add_reading_options(parser)
    parser.add_argument("--seed", type=int, default=1, help="of the draws of types (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the counts here")
    return parser


def draws(types: Sequence[str], size: int, number: int, source: random.Random) -> list[list[str]]:
    """So many draws of `size` of the types, or all there are; no two are the same, and as long as types last none is drawn twice."""
    asked: list[list[str]] = []
    left: list[str] = []
    while len(asked) < min(number, math.comb(len(types), size)):
        if len(left) < size:
            left = source.sample(list(types), len(types))
        chosen, left = left[:size], left[size:]
        if not any(set(chosen) == set(other) for other in asked):
            asked.append(chosen)
    return asked


def without_kinds(found: Document, truth: Document, asked: Sequence[str]) -> Document:
    """What was found, but for entities whose span is annotated as a kind of their type that was not asked for itself."""
    annotated: dict[tuple[int, int], set[str]] = {}
    for entity in truth.entities:
        annotated.setdefault(entity.span, set()).add(entity.type)
    kept = (entity for entity in found.entities if not annotated.get(entity.span, set()) & KINDS.get(entity.type, set()) - set(asked))
    return found.with_entities(kept)


def measure(cascade: Cascade, documents: Sequence[Document], asked: Iterable[Sequence[str]]) -> Counts:
    """The strict counts of all readings of the documents, each for some of their types."""
    total = Counts()
    for types in asked:
        found = cascade(unlabelled(documents), list(types))
        judged = [without_kinds(each, truth, types) for each, truth in zip(found, documents, strict=True)]
        total += score(asked_for(documents, types), judged, resamples=0).strict
    return total


def rows_of(cascade: Cascade, name: str, documents: Sequence[Document], options: argparse.Namespace) -> Iterator[Row]:
    """A row for each number of types that the corpus has more of, and one for all of them."""
    types, source = [name for name in own_types(documents) if name not in NOT_ASKED_FOR], random.Random(f"{options.seed}/{name}")
    for size in options.sizes:
        if size < len(types):
            asked = draws(types, size, options.draws, source)
            yield Row(name, str(size), len(asked) * len(documents), measure(cascade, documents, asked))
    yield Row(name, ALL, len(documents), measure(cascade, documents, [types]))


def together(rows: Sequence[Row]) -> list[Row]:
    """For each number of types, the sum over all corpora."""
    sums: dict[str, Row] = {}
    for row in rows:
        old = sums.get(row.types, Row("all corpora", row.types, 0, Counts()))
        sums[row.types] = Row(old.corpus, row.types, old.readings + row.readings, old.counts + row.counts)
    return list(sums.values())


def line(row: Row) -> str:
    """One line of the table, measures in percent."""
    counts = row.counts
    measures = f"{100 * counts.precision:>11.1f}{100 * counts.recall:>8.1f}{100 * counts.f1:>7.1f}"
    return f"{row.corpus:<24}{row.types:>6}{row.readings:>10,}{counts.gold:>9,}{measures}{counts.fp / max(row.readings, 1):>16.2f}"


HEAD = f"{'corpus':<24}{'types':>6}{'readings':>10}{'entities':>9}{'precision':>11}{'recall':>8}{'F1':>7}{'false a reading':>16}"


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    return exit_status(lambda: _measure_all(arguments().parse_args(argv)))


def _measure_all(options: argparse.Namespace) -> None:
    cascade = asked_cascade(options)
    rows: list[Row] = []
    print(HEAD, flush=True)
    for name in options.corpora.split(","):
        documents = list(read(options.data / f"{name}.jsonl"))[: options.sentences]
        for row in rows_of(cascade, name, documents, options):
            rows.append(row)
            print(line(row), flush=True)
    totals = together(rows)
    print("\n".join(line(row) for row in totals))
    if options.json is not None:
        written = [{"corpus": row.corpus, "types": row.types, "readings": row.readings, **row.counts.to_json()} for row in [*rows, *totals]]
        options.json.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
