"""Measures precision when users ask for few types: `python -m benchmarks.few_types --data CORPORA`.

The table shows strict precision, recall and F1 by the number of types asked for. Some of each corpus' own types are
asked for, all of them equally often; the documents are read and scored for only these. Entities of the other types must
be left out by the extractor or rejected by the classifier; the number of false entities for each document shows how
well this works. A politician is no mistake if persons were asked for, although the corpus calls that span only a
politician: such entities are ignored. In the last row only broader names are asked for, such as person, and all their
kinds count as right.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.quality import asked_for, ends, own_types, unlabelled
from benchmarks.reading_options import add_reading_options, asked_cascade
from cascade import Cascade, Document, Entity
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.scoring.bootstrap import Interval
from cascade.scoring.report import Counts
from cascade.scoring.scores import score
from cascade.whole_files import write_whole
from data_formats import read

CORPORA = tuple(f"crossner_{domain}/dev" for domain in ("ai", "literature", "music", "politics", "science"))
ALL, BROADER = "all", "broader"
KINDS = {  # a type that may be asked for, and types of these corpora that are kinds of it
    "event": {"conference", "election"},
    "location": {"country"},
    "organization": {"band", "company", "political party", "university"},
    "person": {"musical artist", "politician", "researcher", "scientist", "writer"},
    "product": {"programming language"},
    "protein": {"enzyme"},
}
NOT_ASKED_FOR = {"miscellaneous", "other"}  # their meaning depends on the other types


@dataclass(frozen=True, slots=True)
class Row:
    """The scores of a corpus for a number of types: strict counts of all readings, and the 95 % interval of their F1.

    types: a number, ALL for every type, or BROADER for broader names only. readings: how many documents were read.
    """

    corpus: str
    types: str
    readings: int
    counts: Counts
    interval: Interval


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean over the corpora of the measures for a number of types, as fractions.

    All corpora have the same weight, however many types or entities they have.
    """

    types: str
    precision: float
    recall: float
    f1: float


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.few_types", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument(
        "--corpora", default=",".join(CORPORA), help="corpus/split, separated by commas (default: %(default)s)"
    )
    parser.add_argument(
        "--sizes",
        type=positive,
        nargs="+",
        default=[1, 2, 4],
        help="numbers of types asked for; all of them come last (default: %(default)s)",
    )
    parser.add_argument(
        "--sentences",
        type=positive,
        default=100,
        help="read only the first so many of each corpus (default: %(default)s)",
    )
    add_reading_options(parser)
    parser.add_argument("--seed", type=int, default=1, help="seed of the order of types (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the counts here")
    return parser


def rounds(types: Sequence[str], size: int, source: random.Random) -> list[list[str]]:
    """Lists of `size` of the types, one for each type to begin with, so that each type is in equally many.

    The other types of a list are drawn at random.
    """
    order = source.sample(list(types), len(types))
    return [[order[(first + place) % len(order)] for place in range(size)] for first in range(len(order))]


def without_kinds(found: Document, truth: Document, asked: Sequence[str]) -> Document:
    """What was found, without entities whose span is annotated as a kind of their type.

    Kinds that were asked for themselves do not count as such.
    """
    annotated: dict[tuple[int, int], set[str]] = {}
    for entity in truth.entities:
        annotated.setdefault(entity.span, set()).add(entity.type)
    kept = (
        entity
        for entity in found.entities
        if not annotated.get(entity.span, set()) & KINDS.get(entity.type, set()) - set(asked)
    )
    return found.with_entities(kept)


def measure(cascade: Cascade, documents: Sequence[Document], asked: Iterable[Sequence[str]]) -> tuple[Counts, Interval]:
    """The strict counts of all readings of the documents, and the interval of their F1 over documents.

    asked: the types of each reading.
    """
    gold: list[list[Entity]] = [[] for _ in documents]
    found: list[list[Entity]] = [[] for _ in documents]
    for number, types in enumerate(asked):
        answers = cascade(unlabelled(documents), list(types))
        judged = [without_kinds(each, truth, types) for each, truth in zip(answers, documents, strict=True)]
        for sums, reading in ((gold, asked_for(documents, types)), (found, judged)):
            for entities, each in zip(sums, reading, strict=True):
                # numbered by reading, so that an entity is compared only with those of the same reading
                entities += [replace(entity, type=f"{number} {entity.type}") for entity in each.entities]
    report = score(
        *(
            [each.with_entities(entities) for each, entities in zip(documents, sums, strict=True)]
            for sums in (gold, found)
        )
    )
    return report.strict, report.f1_interval or Interval(0.0, 0.0)


def with_broader_types(documents: Sequence[Document]) -> list[Document]:
    """The documents with only entities of broader types and their kinds; the kinds get the broader type's name."""
    names = {kind: name for name, kinds in KINDS.items() for kind in (name, *kinds)}
    return [
        document.with_entities(
            replace(entity, type=names[entity.type]) for entity in document.entities if entity.type in names
        )
        for document in documents
    ]


def rows_of(cascade: Cascade, name: str, documents: Sequence[Document], options: argparse.Namespace) -> Iterator[Row]:
    """A row for each number of types smaller than the corpus' own, then one for all types and one for broader names."""
    types, source = (
        [name for name in own_types(documents) if name not in NOT_ASKED_FOR],
        random.Random(f"{options.seed}/{name}"),
    )
    for size in options.sizes:
        if size < len(types):
            asked = rounds(types, size, source)
            yield Row(name, str(size), len(asked) * len(documents), *measure(cascade, documents, asked))
    yield Row(name, ALL, len(documents), *measure(cascade, documents, [types]))
    wide = [name for name, kinds in KINDS.items() if kinds & set(types)]
    yield Row(name, BROADER, len(documents), *measure(cascade, with_broader_types(documents), [wide]))


def means(rows: Sequence[Row]) -> list[Mean]:
    """The mean over all corpora, for each number of types."""
    result = []
    for size in dict.fromkeys(row.types for row in rows):
        counts = [row.counts for row in rows if row.types == size]
        result.append(
            Mean(size, *(mean(getattr(each, name) for each in counts) for name in ("precision", "recall", "f1")))
        )
    return result


def line(row: Row) -> str:
    """A row of the table, measures in percent."""
    counts = row.counts
    measures = (
        f"{100 * counts.precision:>11.1f}{100 * counts.recall:>8.1f}{100 * counts.f1:>7.1f}  "
        f"{ends((row.interval.low, row.interval.high)):<14}"
    )
    wrong = counts.fp / max(row.readings, 1)
    return f"{row.corpus:<24}{row.types:>6}{row.readings:>10,}{counts.gold:>9,}{measures}{wrong:>16.2f}"


def mean_line(row: Mean) -> str:
    """The row of a mean, in the same columns."""
    measures = f"{100 * row.precision:>11.1f}{100 * row.recall:>8.1f}{100 * row.f1:>7.1f}"
    return f"{'mean of the corpora':<24}{row.types:>6}{'':>19}{measures}"


HEAD = (
    f"{'corpus':<24}{'types':>6}{'readings':>10}{'entities':>9}{'precision':>11}{'recall':>8}{'F1':>7}  "
    f"{'95 % interval':<14}{'false a reading':>16}"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
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
    averages = means(rows)
    print("\n".join(mean_line(row) for row in averages))
    if options.json is not None:
        written: list[dict[str, Any]] = [
            {
                "corpus": row.corpus,
                "types": row.types,
                "readings": row.readings,
                **row.counts.to_json(),
                "interval": [row.interval.low, row.interval.high],
            }
            for row in rows
        ]
        written += [{"corpus": "mean", **asdict(row)} for row in averages]
        write_whole(options.json, json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
