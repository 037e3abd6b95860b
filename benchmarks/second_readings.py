"""What reading again brings, and costs: `python -m benchmarks.second_readings GOLD.jsonl --limit 200`.

Verified: entities below a score stay only if their type, asked for alone, is likelier than none.  Fused: the texts are
read three times, with the types called by other names, in other letters, and each alone, and the readings are fused.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cascade import Cascade, Document
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive
from cascade.document.fusion import WAYS, fused
from cascade.scoring.scores import score
from data_formats import read
from train.corpora.loading import renamed
from train.corpora.type_words import OTHER_NAMES

VERIFIED = (0.5, 0.7, 0.9)


def prompts(types: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """For each reading what each type is called, in one prompt or in several: names, synonyms, capitals, one alone."""
    synonyms = {name: OTHER_NAMES.get(name, (name,))[0] for name in types}
    return {
        "names": [{name: name for name in types}],
        "synonyms": [synonyms],
        "capitals": [{name: name.title() for name in types}],
        "one by one": [{name: name} for name in types],
    }


def reading(ner: Cascade, gold: Sequence[Document], called: Sequence[Mapping[str, str]]) -> list[Document]:
    """What is found with the types called so, under their own names; several prompts are united by the higher score."""
    parts = []
    for names in called:
        found = ner(list(gold), list(names.values()))
        parts.append([renamed(document, {other: own for own, other in names.items()}) for document in found])
    return [fused(each, "max", lowest=0.0) for each in zip(*parts, strict=True)]


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


def rows(ner: Cascade, gold: Sequence[Document]) -> list[dict[str, Any]]:
    """All rows: one reading, verified at some scores, and three readings fused in each way."""
    types = sorted({entity.type for document in gold for entity in document.entities})
    ner(list(gold[:20]), types)  # so that the first row pays for nothing that happens once
    result, readings, seconds = [], [], []
    for name, called in prompts(types).items():
        began = time.perf_counter()
        readings.append(reading(ner, gold, called))
        seconds.append(time.perf_counter() - began)
        result.append(measured(f"read once, {name}", gold, readings[-1], seconds[-1]))
    for below in VERIFIED:
        began = time.perf_counter()
        found = ner(list(gold), types, verify_below=below)
        result.append(measured(f"verified below {below}", gold, found, time.perf_counter() - began))
    for way in WAYS:
        together = [fused(each, way) for each in zip(*readings[:3], strict=True)]
        result.append(measured(f"three readings, {way}", gold, together, sum(seconds[:3])))
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.second_readings")
    parser.add_argument("gold", type=named_path, help="labelled documents that no adapter was trained on")
    parser.add_argument("--limit", type=positive, default=200, help="documents that are read (default: %(default)s)")
    parser.add_argument("--adapters", type=named_path)
    parser.add_argument("--pair")
    parser.add_argument("--json", type=Path, help="also write the rows as JSON")
    asked = parser.parse_args(arguments)
    return exit_status(lambda: _run(asked))


def _run(asked: argparse.Namespace) -> None:
    gold = [document for document, _ in zip(read(asked.gold), range(asked.limit), strict=False)]
    made = rows(Cascade.load(adapters=asked.adapters, pair=asked.pair), gold)
    for row in made:
        low, high = row["interval"] or ("-", "-")
        print(
            f"{row['system']:28} F1 {row['f1']:5} [{low}, {high}]  P {row['precision']:5}  R {row['recall']:5}  "
            f"ECE {row['calibration_error']}  {row['seconds']} s"
        )
    if asked.json is not None:
        asked.json.write_text(json.dumps({"documents": len(gold), "rows": made}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
