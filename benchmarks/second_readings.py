"""What reading again brings, and costs: `python -m benchmarks.second_readings GOLD.jsonl --limit 200`.

Verified: entities below a score stay only if their type, asked for alone, is likelier than none.  Fused: what was found
by several prompts (types by their names, by other names, in other letters), by several pairs of adapters (--pairs), and
by several bases, each with its adapters (--also), in each way that there is to fuse.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from cascade import Cascade, Document, Taxonomy
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive
from cascade.commands.output_options import check_written
from cascade.commands.readings import Reader, readers_of
from cascade.document.fusion import WAYS, fused, lowest_to_read
from cascade.pipeline.min_score import MIN_SCORE
from cascade.pipeline.several_readings import Prompt, prompts, reading
from cascade.scoring.scores import score
from cascade.whole_files import write_whole
from data_formats import read
from train.corpora.type_words import OTHER_NAMES

VERIFIED = (0.5, 0.7, 0.9)
FUSED_PROMPTS = ("names", "synonyms", "capitals")


class Reading(NamedTuple):
    """What was found in all documents, however unlikely, and the seconds that it took."""

    found: Sequence[Document]
    seconds: float

    def likely(self, lowest: float | None = None) -> list[Document]:
        """What is at least so likely; None: as likely as one reading keeps by itself."""
        least = MIN_SCORE if lowest is None else lowest
        return [
            document.with_entities(entity for entity in document.entities if (entity.score or 0.0) >= least)
            for document in self.found
        ]


def prompts_of(types: Taxonomy) -> list[Prompt]:
    """The prompts of the benchmark: names, synonyms, capitals, each type alone."""
    other = {root.name: OTHER_NAMES[root.name][0] for root in types.roots if OTHER_NAMES.get(root.name)}
    same = set() if other else {"synonyms"}  # as by their names
    same |= set() if len(types.roots) > 1 else {"alone"}
    kinds = [kind for kind in (*FUSED_PROMPTS, "alone") if kind not in same]
    return prompts(types, kinds, other)


def measured(name: str, gold: Sequence[Document], found: Sequence[Document], seconds: float) -> dict[str, Any]:
    """A row of the table: F1 with its interval, precision, recall, calibration error and seconds."""
    report = score(gold, found)
    interval = report.f1_interval
    return {
        "system": name,
        "f1": round(100 * report.strict.f1, 1),
        "interval": None if interval is None else [round(100 * end, 1) for end in (interval.low, interval.high)],
        "precision": round(100 * report.strict.precision, 1),
        "recall": round(100 * report.strict.recall, 1),
        "calibration_error": None if report.calibration_error is None else round(100 * report.calibration_error, 1),
        "seconds": round(seconds, 1),
    }


def rows(ner: Cascade, gold: Sequence[Document], types: Taxonomy) -> tuple[list[dict[str, Any]], Reading]:
    """The rows of one cascade: a reading by each prompt, verified at some scores, and the first prompts fused in each
    way; and its reading by the types' names.
    """
    ner(list(gold[:20]), types)  # so that the first row pays for nothing that happens once
    readings: dict[str, Reading] = {}
    for prompt in prompts_of(types):
        began = time.perf_counter()
        found = reading(ner, gold, types, prompt, min_score=0.0)
        readings[prompt.kind] = Reading(found, time.perf_counter() - began)
    result = [measured(f"read once, {kind}", gold, each.likely(), each.seconds) for kind, each in readings.items()]
    for below in VERIFIED:
        began = time.perf_counter()
        found = ner(list(gold), types, verify_below=below)
        result.append(measured(f"verified below {below}", gold, found, time.perf_counter() - began))
    some = [readings[kind] for kind in FUSED_PROMPTS if kind in readings]
    return [*result, *fused_rows(f"{len(some)} prompts", gold, some)], readings["names"]


def fused_rows(what: str, gold: Sequence[Document], readings: Sequence[Reading]) -> list[dict[str, Any]]:
    """The rows of some readings, fused in each way."""
    seconds = sum(each.seconds for each in readings)
    return [
        measured(
            f"{what}, {way}",
            gold,
            [
                fused(each, way)
                for each in zip(*(reading.likely(lowest_to_read(way)) for reading in readings), strict=True)
            ],
            seconds,
        )
        for way in WAYS
    ]


def rows_of_readers(
    readers: Sequence[Reader], gold: Sequence[Document], types: Taxonomy, first: Reading
) -> Iterator[dict[str, Any]]:
    """The rows of further pairs and bases: each alone, each fused with the first reading, and all of several."""
    readings = [first]
    for each in readers:
        ner = Cascade.load(each.base, adapters=each.adapters, pair=each.pair)
        ner(list(gold[:20]), types)
        began = time.perf_counter()
        found = ner(list(gold), types, min_score=0.0)
        readings.append(Reading(found, time.perf_counter() - began))
        yield measured(f"read once by {each.name}", gold, readings[-1].likely(), readings[-1].seconds)
        yield from fused_rows(f"with {each.name}", gold, [first, readings[-1]])
    if len(readings) > 2:
        yield from fused_rows(f"all {len(readings)}", gold, readings)


def line(row: dict[str, Any], once: float) -> str:
    """A row as it is printed, with its time also as a multiple of `once`, the seconds of one reading."""
    low, high = row["interval"] or ("-", "-")
    return (
        f"{row['system']:36} F1 {row['f1']:5} [{low}, {high}]  P {row['precision']:5}  R {row['recall']:5}  "
        f"ECE {row['calibration_error']}  {row['seconds']} s, {row['seconds'] / once:.1f} times one reading"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.second_readings")
    parser.add_argument("gold", type=named_path, help="labelled documents that no adapter was trained on")
    parser.add_argument("--limit", type=positive, default=200, help="documents that are read (default: %(default)s)")
    parser.add_argument("--base")
    parser.add_argument("--adapters", type=named_path)
    parser.add_argument("--pair", help="the pair of the first readings (default: by language)")
    parser.add_argument("--pairs", help="further pairs below --adapters, separated by commas")
    parser.add_argument("--also", metavar="BASE=FOLDER", action="append", default=[], help="a further base")
    parser.add_argument("--json", type=Path, help="also write the rows as JSON")
    asked = parser.parse_args(arguments)
    return exit_status(lambda: _run(asked))


def _run(asked: argparse.Namespace) -> None:
    check_written([asked.json], [asked.gold])
    gold = [document for document, _ in zip(read(asked.gold), range(asked.limit), strict=False)]
    types = Taxonomy.flat(sorted({entity.type for document in gold for entity in document.entities}))
    further = readers_of(argparse.Namespace(**{**vars(asked), "pair": None}))[0 if asked.pairs else 1 :]
    made = []
    of_prompts, first = rows(Cascade.load(asked.base, adapters=asked.adapters, pair=asked.pair), gold, types)
    for row in chain(of_prompts, rows_of_readers(further, gold, types, first)):
        made.append(row)
        print(line(row, first.seconds), flush=True)
    if asked.json is not None:
        write_whole(asked.json, json.dumps({"documents": len(gold), "rows": made}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
