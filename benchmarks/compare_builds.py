"""Compares two builds: `python -m benchmarks.compare_builds OLD NEW --data-root CORPORA`.

OLD and NEW are the folders of two checkouts. In every round both builds run in turn, each in its own process:
`infer.py` on one sentence, up to its first entity, and on the same sentences of several languages. Ratios are taken
within a round, so that other load on the machine slows both alike; the build that runs first changes from round to
round. The entities of both are compared document by document.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import comb
from pathlib import Path
from typing import Any

from benchmarks.agreement import Agreement, agreement
from benchmarks.build_runs import Build, read_file, seconds_to_first_entity
from benchmarks.machine import machine
from cascade import CascadeError, Document
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.pipeline.facade import DEFAULT_TYPES
from cascade.whole_files import write_whole
from data_formats import read, read_texts, write

CORPORA = ("uner_en-ewt", "uner_pt-bosque", "uner_zh-gsdsimp", "germeval2014", "newsfane_ar")
FIRST_SENTENCE = "Ada Lovelace was born in London."
COVERAGE = 0.95
NO_LANGUAGE = "none named"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured quantity of a build: its key in the JSON, its title in the table, and whether more is better."""

    key: str
    title: str
    more_is_better: bool


QUANTITIES = (
    Quantity("first_entity_seconds", "seconds to first entity", more_is_better=False),
    Quantity("sentences_per_second", "sentences a second", more_is_better=True),
    Quantity("resident_mb", "peak MB, resident", more_is_better=False),
    Quantity("private_mb", "peak MB, private", more_is_better=False),
)
Row = dict[str, float | None]  # the measurements of one build in one round, by the key of the quantity


@dataclass(frozen=True, slots=True)
class Round:
    """The measurements of both builds, and the agreement of their entities by language."""

    old: Row
    new: Row
    agreements: Mapping[str, Agreement]


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.compare_builds", description=(__doc__ or "").splitlines()[0]
    )
    for side in ("old", "new"):
        parser.add_argument(side, metavar=side.upper(), type=Path, help=f"folder of the {side} checkout")
    for side in ("old", "new"):
        parser.add_argument(
            f"--{side}-python", default=sys.executable, metavar="PYTHON", help=f"Python that runs {side.upper()}"
        )
    sentences = parser.add_mutually_exclusive_group(required=True)
    sentences.add_argument("--data-root", type=Path, help="folder of the corpora, whose dev sentences are read")
    sentences.add_argument("--data", type=Path, nargs="+", help="files of sentences in any read format instead")
    parser.add_argument(
        "--corpora",
        default=",".join(CORPORA),
        help="folders below --data-root, separated by commas (default: %(default)s)",
    )
    parser.add_argument(
        "--sentences", type=positive, default=100, help="sentences drawn from each by --seed (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--rounds", type=positive, default=7, help="at least six are needed for an interval (default: %(default)s)"
    )
    parser.add_argument("--types", default=",".join(DEFAULT_TYPES))
    parser.add_argument(
        "--first-sentence",
        default=FIRST_SENTENCE,
        help="sentence with an entity; start-up is timed until it is found (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, help="also write the figures here, after each round")
    return parser


def median_interval(values: Sequence[float], *, coverage: float = COVERAGE) -> tuple[float, float] | None:
    """A distribution-free confidence interval of a median, from order statistics.

    It is the narrowest interval between the k-th smallest and the k-th largest value that holds the median with a
    probability of at least `coverage`. None for fewer than six values: even their extremes hold it with less than 95 %.
    """
    count, ordered, found = len(values), sorted(values), None
    for cut_off in range((count + 1) // 2):  # the number of values left out at each end
        outside = 2 * sum(comb(count, below) for below in range(cut_off + 1)) / 2**count
        if 1 - outside < coverage:
            break
        found = ordered[cut_off], ordered[count - 1 - cut_off]
    return found


def ratios(rounds: Sequence[Round], key: str) -> list[float]:
    """New over old, for each round in which both were measured."""
    pairs = [(each.new[key], each.old[key]) for each in rounds]
    return [new / old for new, old in pairs if new is not None and old]


def summary(rounds: Sequence[Round]) -> dict[str, dict[str, Any]]:
    """The medians of both builds and of their ratio, with the 95 % interval of the ratio, by quantity.

    Ratios are taken within a round. Quantities that the system does not tell are left out.
    """
    found: dict[str, dict[str, Any]] = {}
    for quantity in QUANTITIES:
        if not (within := ratios(rounds, quantity.key)):
            continue
        sides = {side: [getattr(each, side)[quantity.key] for each in rounds] for side in ("old", "new")}
        medians = {
            side: statistics.median(value for value in values if value is not None) for side, values in sides.items()
        }
        found[quantity.key] = {
            **medians,
            "ratio": statistics.median(within),
            "interval": median_interval(within),
            "ratios": within,
        }
    return found


def overall(rounds: Sequence[Round]) -> dict[str, Agreement]:
    """The agreement over all rounds, by language; a document agrees if it does so in every round."""
    found: dict[str, Agreement] = {}
    for language, first in rounds[0].agreements.items() if rounds else ():
        each = [one.agreements[language] for one in rounds]
        different = tuple(dict.fromkeys(name for one in each for name in one.different))
        largest = max(one.largest_score_difference for one in each)
        found[language] = Agreement(first.documents, first.documents - len(different), largest, different)
    return found


def table(rounds: Sequence[Round]) -> str:
    """The results as a printed table."""
    lines = [f"{'':<26}{'old':>10}{'new':>10}{'new / old':>11}  {'95 % interval':<18}{'better':>8}"]
    found = summary(rounds)
    for quantity in QUANTITIES:
        if (row := found.get(quantity.key)) is None:
            continue
        interval = "" if row["interval"] is None else "{:.3f} to {:.3f}".format(*row["interval"])
        better = "higher" if quantity.more_is_better else "lower"
        lines.append(
            f"{quantity.title:<26}{row['old']:>10.2f}{row['new']:>10.2f}{row['ratio']:>11.3f}  "
            f"{interval:<18}{better:>8}"
        )
    lines += ["", f"{'language':<26}{'sentences':>10}{'same entities':>15}{'largest score difference':>26}"]
    for language, each in overall(rounds).items():
        lines.append(f"{language:<26}{each.documents:>10}{each.same:>15}{each.largest_score_difference:>26.6f}")
        if each.different:
            lines.append(f"  other entities in {', '.join(each.different[:5])}{', ...' if each.different[5:] else ''}")
    return "\n".join(lines)


def sentences_of(options: argparse.Namespace) -> list[Document]:
    """The sentences to read, without entities, drawn by the seed from each corpus or file."""
    files = options.data or [options.data_root / name / "dev.jsonl" for name in options.corpora.split(",")]
    found: list[Document] = []
    for number, file in enumerate(files):
        documents = list(read_texts(file))
        drawn = random.Random(options.seed).sample(documents, min(options.sentences, len(documents)))
        found += [Document(f"{number}/{document.id}", document.text, document.language) for document in drawn]
    if not found:
        raise CascadeError(f"{', '.join(map(str, files))}: hold no sentences; expected some to read")
    return found


def by_language(documents: Sequence[Document], old: Path, new: Path) -> dict[str, Agreement]:
    """The agreement of two output files, by language; raises CascadeError if a file lacks one of the documents."""
    found: dict[str, dict[str, Document]] = {}
    for side, file in (("OLD", old), ("NEW", new)):
        found[side] = {document.id: document for document in read(file)}
        if missing := [each.id for each in documents if each.id not in found[side]]:
            raise CascadeError(
                f"{side}: its output lacks {len(missing):,} of {len(documents):,} documents, the first {missing[0]!r}; "
                "expected all"
            )
    languages: dict[str, list[str]] = {}
    for document in documents:
        languages.setdefault(document.language or NO_LANGUAGE, []).append(document.id)
    return {
        language: agreement([found["OLD"][each] for each in ids], [found["NEW"][each] for each in ids])
        for language, ids in sorted(languages.items())
    }


def one_round(builds: Sequence[Build], documents: Sequence[Document], work: Path, options: Sequence[str]) -> Round:
    """Runs both builds once, in the given order; they are named OLD and NEW."""
    rows: dict[str, Row] = {}
    for build in builds:
        seconds = seconds_to_first_entity(build, work / "first.jsonl", options)
        rate, memory = read_file(build, work / "sentences.jsonl", work / f"{build.name}.jsonl", options)
        rows[build.name] = {"first_entity_seconds": seconds, "sentences_per_second": rate, **asdict(memory)}
    return Round(rows["OLD"], rows["NEW"], by_language(documents, work / "OLD.jsonl", work / "NEW.jsonl"))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _compare(arguments().parse_args(argv)))


def _compare(options: argparse.Namespace) -> None:
    builds = [
        Build(side.upper(), getattr(options, side).resolve(), getattr(options, f"{side}_python"))
        for side in ("old", "new")
    ]
    for build in builds:
        if not (build.folder / "infer.py").is_file():
            raise CascadeError(f"{build.name}: {build.folder} holds no infer.py; expected the folder of a checkout")
    documents = sentences_of(options)
    chosen = ["--types", options.types]
    about = {"machine": machine(), "types": options.types.split(","), "seed": options.seed}
    about |= {build.name.lower(): build.version() for build in builds}
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory(prefix="compare-builds-") as folder:
        work = Path(folder)
        write([Document("first", options.first_sentence)], str(work / "first.jsonl"), "jsonl")
        write(documents, str(work / "sentences.jsonl"), "jsonl")
        for build in builds:  # warm-up: a first run compiles, converts and reads from disk
            seconds_to_first_entity(build, work / "first.jsonl", chosen)
        for number in range(options.rounds):
            rounds.append(one_round(builds[:: -1 if number % 2 else 1], documents, work, chosen))
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
            if options.json is not None:
                write_whole(options.json, json.dumps(_to_json(about, rounds), indent=1) + "\n")
    print(table(rounds), flush=True)


def _to_json(about: Mapping[str, Any], rounds: Sequence[Round]) -> dict[str, Any]:
    measured = [{"old": each.old, "new": each.new} for each in rounds]
    agreements = {language: asdict(each) for language, each in overall(rounds).items()}
    return {**about, "rounds": measured, "summary": summary(rounds), "agreement": agreements}


if __name__ == "__main__":
    sys.exit(main())
