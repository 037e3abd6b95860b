"""Measures how far names of types decide: `python -m benchmarks.type_names --data CORPORA`.

Persons, organizations and locations are asked for by other names, such as PER, ORG and LOC, all three at once. The
table shows strict F1 for each set of names, and its difference to that of the plain names, in points.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

from benchmarks.quality import asked_for, unlabelled
from benchmarks.reading_options import add_reading_options, asked_cascade
from cascade import Cascade, Document
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.scoring.scores import score
from cascade.whole_files import write_whole
from data_formats import read

CORPORA = tuple(f"uner_{name}/dev" for name in ("en-ewt", "pt-bosque", "zh-gsdsimp", "hr-set"))
PLAIN = ("person", "organization", "location")
NAMES: Mapping[str, tuple[str, str, str]] = {  # for person, organization and location, in this order
    "plain": PLAIN,
    "labels": ("PER", "ORG", "LOC"),
    "capitals": ("PERSON", "ORGANIZATION", "LOCATION"),
    "names with underscores": ("person_name", "organization_name", "location_name"),
    "plurals": ("persons", "organizations", "locations"),
    "people, organisations, places": ("people", "organisations", "places"),
    "human, institution, place": ("human", "institution", "place"),
    "phrases": ("name of a person", "company or institution", "name of a place"),
    "German": ("Person", "Organisation", "Ort"),
    "French": ("personne", "organisation", "lieu"),
    "Spanish": ("persona", "organización", "lugar"),
    "Chinese": ("人物", "组织", "地点"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """Strict F1 of each corpus, as a fraction, for one set of names."""

    names: tuple[str, str, str]
    f1: Mapping[str, float]

    @property
    def mean(self) -> float:
        """The mean over the corpora."""
        return mean(self.f1.values())


def renamed(documents: Sequence[Document], names: Sequence[str]) -> list[Document]:
    """The documents with only their persons, organizations and locations, which get the `names`."""
    new = dict(zip(PLAIN, names, strict=True))
    return [
        document.with_entities(replace(entity, type=new[entity.type]) for entity in document.entities)
        for document in asked_for(documents, PLAIN)
    ]


def row_of(cascade: Cascade, corpora: Mapping[str, Sequence[Document]], names: tuple[str, str, str]) -> Row:
    """The scores of one set of names on all corpora."""
    return Row(
        names,
        {
            corpus: score(renamed(documents, names), cascade(unlabelled(documents), list(names))).strict.f1
            for corpus, documents in corpora.items()
        },
    )


def line(kind: str, row: Row, plain: Row) -> str:
    """A row of the table, F1 in percent."""
    each = "".join(f"{100 * value:>10.1f}" for value in row.f1.values())
    return f"{kind:<32}{each}{100 * row.mean:>8.1f}{100 * (row.mean - plain.mean):>+8.1f}"


def head(corpora: Sequence[str]) -> str:
    """The head of the table."""
    each = "".join(f"{corpus.split('/')[0].removeprefix('uner_')[:9]:>10}" for corpus in corpora)
    return f"{'names':<32}{each}{'mean':>8}{'points':>8}"


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.type_names", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument(
        "--corpora", default=",".join(CORPORA), help="corpus/split, separated by commas (default: %(default)s)"
    )
    parser.add_argument(
        "--sentences", type=positive, default=200, help="sentences drawn from each corpus (default: %(default)s)"
    )
    add_reading_options(parser)
    parser.add_argument("--seed", type=int, default=1, help="seed of the draw (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure_all(arguments().parse_args(argv)))


def _measure_all(options: argparse.Namespace) -> None:
    corpora: dict[str, Sequence[Document]] = {}
    for corpus in options.corpora.split(","):
        documents = list(read(options.data / f"{corpus}.jsonl"))
        source = random.Random(f"{options.seed}/{corpus}")
        corpora[corpus] = source.sample(documents, min(options.sentences, len(documents)))
    cascade = asked_cascade(options)
    print(head(list(corpora)), flush=True)
    rows: dict[str, Row] = {}
    for kind, names in NAMES.items():
        rows[kind] = row_of(cascade, corpora, names)
        print(line(kind, rows[kind], rows["plain"]), flush=True)
    if options.json is not None:
        written = [{"names": list(row.names), "kind": kind, "f1": dict(row.f1)} for kind, row in rows.items()]
        write_whole(options.json, json.dumps(written, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
