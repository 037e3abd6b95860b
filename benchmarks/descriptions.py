"""What descriptions of types bring: `python -m benchmarks.descriptions --data FOLDER --adapters FOLDER`.

Each corpus that no adapter was trained on is read twice, asked for all its types: by their names, and by their names
with the descriptions of `held_out_descriptions.txt`, which were written before any reading. Shown: strict precision,
recall and F1 with 95 % intervals, and the calibration error; then the types on which descriptions gain or lose most.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality import own_types, unlabelled
from benchmarks.reading_options import add_measuring_options, asked_cascade
from benchmarks.unseen_types import HELD_OUT, documents_of, line
from cascade import Cascade, Document, EntityType, Taxonomy
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.errors import CascadeError
from cascade.pipeline.counts import Counts
from cascade.scoring.calibration import equal_mass_error
from cascade.scoring.report import ScoreReport
from cascade.scoring.scores import pair_documents, score, scored_entities
from cascade.whole_files import write_whole

DESCRIPTIONS = Path(__file__).with_name("held_out_descriptions.txt")
WAYS = ("names", "described")
FEWEST = 30  # gold entities of a type that is shown by itself


def read_descriptions(file: Path) -> dict[str, dict[str, str]]:
    """The descriptions of types by corpus and type, from lines of corpus, type and description with tabs between.

    Raises CascadeError for other lines.
    """
    known: dict[str, dict[str, str]] = {}
    for number, row in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        cells = row.split("\t")
        if len(cells) != 3 or not all(map(str.strip, cells)):
            raise CascadeError(f"{file}:{number}: is {row!r}; expected corpus, type and description with tabs between")
        known.setdefault(cells[0], {})[cells[1]] = cells[2]
    return known


def described(names: Sequence[str], descriptions: Mapping[str, str]) -> Taxonomy:
    """The types with their descriptions; raises CascadeError for one without."""
    if missing := [name for name in names if name not in descriptions]:
        raise CascadeError(f"no description is known of {', '.join(missing)}; expected one in --descriptions")
    return Taxonomy(tuple(EntityType(name, descriptions[name]) for name in names))


def read_both_ways(cascade: Cascade, documents: Sequence[Document], taxonomy: Taxonomy) -> dict[str, list[Document]]:
    """What is found by the names of types, and by names with descriptions.

    Raises CascadeError if the adapters read without descriptions.
    """
    counts = Counts()
    found = {
        "names": cascade(unlabelled(documents), taxonomy.undescribed()),
        "described": cascade(unlabelled(documents), taxonomy, counts=counts),
    }
    if counts.undescribed:
        names = ", ".join(cascade.adapters)
        raise CascadeError(
            f"{names}: were trained without descriptions and read none; expected --adapters that were trained on some "
            "(`described` under a mixture's prompts)"
        )
    return found


def figures(documents: Sequence[Document], found: Sequence[Document], report: ScoreReport) -> dict[str, Any]:
    """The figures of a reading, as fractions."""
    scores, rights = scored_entities(pair_documents(documents, found))
    interval = report.f1_interval
    return {
        "precision": report.strict.precision,
        "recall": report.strict.recall,
        "f1": report.strict.f1,
        "interval": [interval.low, interval.high] if interval else [0.0, 0.0],
        "span_recall": report.span.recall,
        "calibration_error": equal_mass_error(scores, rights),
    }


def by_type(reports: Mapping[str, ScoreReport]) -> dict[str, dict[str, float]]:
    """F1 of each type of some entities both ways."""
    return {
        name: {"gold": counts.gold, **{way: reports[way].types[name].f1 for way in WAYS}}
        for name, counts in reports["names"].types.items()
        if counts.gold >= FEWEST
    }


def measured(cascade: Cascade, documents: Sequence[Document], descriptions: Mapping[str, str]) -> dict[str, Any]:
    """The figures of a corpus both ways, and of its types."""
    types = own_types(documents)
    found = read_both_ways(cascade, documents, described(types, descriptions))
    reports = {way: score(documents, found[way]) for way in WAYS}
    row: dict[str, Any] = {"documents": len(documents), "types": len(types), "gold": reports["names"].strict.gold}
    row |= {way: figures(documents, found[way], reports[way]) for way in WAYS}
    return row | {"by_type": by_type(reports)}


def ends_of(rows: Mapping[str, Any], shown: int) -> list[str]:
    """The types that gain and lose most by descriptions."""
    gains = sorted(
        ((own["described"] - own["names"], corpus, name) for corpus, row in rows.items()
         for name, own in row["by_type"].items()),
        reverse=True,
    )  # fmt: skip
    chosen = gains if len(gains) <= 2 * shown else [*gains[:shown], *gains[-shown:]]
    return [f"{100 * gain:+6.1f}  {corpus}: {name}" for gain, corpus, name in chosen]


def arguments() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.descriptions", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--corpora", default=",".join(HELD_OUT), help="separated by commas (default: %(default)s)")
    parser.add_argument(
        "--descriptions",
        type=Path,
        default=DESCRIPTIONS,
        help="file of corpora, types and descriptions (default: %(default)s)",
    )
    parser.add_argument("--sentences", type=positive, default=500, help="drawn from each corpus (default: %(default)s)")
    parser.add_argument(
        "--shown", type=positive, default=8, help="types that gain and lose most (default: %(default)s)"
    )
    add_measuring_options(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _run(arguments().parse_args(argv)))


def _run(options: argparse.Namespace) -> None:
    known = read_descriptions(options.descriptions)
    corpora = options.corpora.split(",")
    if unknown := [name for name in corpora if name not in known]:
        raise CascadeError(f"{options.descriptions}: describes no types of {', '.join(unknown)}; expected them there")
    cascade = asked_cascade(options)
    rows: dict[str, Any] = {}
    print(
        f"{'corpus':20} {'documents':>9} {'types':>6} {'gold':>6} {'precision':>10} {'recall':>7} {'F1':>6}  "
        f"{'95 % interval':13} {'spans recall':>12} {'ECE':>6}"
    )
    for name in corpora:
        documents = documents_of(options.data / name, options.sentences, options.seed)
        rows[name] = measured(cascade, documents, known[name])
        for way, label in zip(WAYS, (name, "  with descriptions"), strict=True):
            print(line(label, {**rows[name], **rows[name][way]}), flush=True)
    means = {way: sum(row[way]["f1"] for row in rows.values()) / len(rows) for way in WAYS}
    gain = 100 * (means["described"] - means["names"])
    print(f"mean F1: {100 * means['names']:.1f} by names, {100 * means['described']:.1f} described ({gain:+.1f})")
    print(f"types of {FEWEST} entities or more that gain and lose most:", *ends_of(rows, options.shown), sep="\n")
    if options.json is not None:
        write_whole(options.json, json.dumps({"corpora": rows, "mean_f1": means}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
