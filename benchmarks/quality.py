"""Accuracy on public corpora: `python -m benchmarks.quality --data FOLDER`, a table of strict F1 with 95 % intervals.

FOLDER holds corpora as JSON lines (`NAME/dev.jsonl`, `NAME/test.jsonl`).  Runs the whole cascade in one process and scores it as `evaluate.py` does.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cascade import Cascade, Document
from cascade.scoring import score
from data_formats import read
from data_formats.exit_status import exit_status

# corpus/split of the results table; natural text first, then Wikipedia's tokenised silver data
CORPORA = (
    *(f"uner_{name}/dev" for name in ("en-ewt", "pt-bosque", "zh-gsdsimp", "hr-set", "sv-talbanken")),
    *(f"panx_{language}/test" for language in ("de", "en", "es", "nl", "pl", "ru")),
)
TYPES = ("person", "organization", "location")


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--corpora", default=",".join(CORPORA), help="corpus/split, separated by commas (default: those of the results table)")
    parser.add_argument("--types", default=",".join(TYPES))
    parser.add_argument("--sentences", type=int, help="draw so many sentences of each corpus by --seed (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--base")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--adapters", type=Path)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser


def measure(cascade: Cascade, documents: Sequence[Document], types: Sequence[str]) -> dict[str, Any]:
    """Strict and span F1 with intervals, type accuracy and sentences a second for one corpus."""
    started = time.monotonic()
    predicted = cascade([Document(document.id, document.text, document.language) for document in documents], types)
    seconds = time.monotonic() - started
    report = score(documents, predicted)
    interval = report.f1_interval
    return {
        "sentences": len(documents),
        "entities": report.strict.gold,
        "f1": report.strict.f1,
        "interval": [interval.low, interval.high] if interval else None,
        "precision": report.strict.precision,
        "recall": report.strict.recall,
        "span_f1": report.span.f1,
        "type_accuracy": report.type_accuracy,
        "calibration_error": report.calibration_error,
        "sentences_per_second": len(documents) / seconds,
    }


def line(name: str, row: dict[str, Any]) -> str:
    """One line of the table; fractions as percents."""
    low, high = row["interval"] or (float("nan"), float("nan"))
    return (
        f"{name:<24}{row['sentences']:>8,}{row['entities']:>9,}{100 * row['f1']:>9.1f}  [{100 * low:.1f}, {100 * high:.1f}]"
        f"{100 * row['span_f1']:>8.1f}{100 * row['type_accuracy']:>8.1f}{100 * (row['calibration_error'] or 0.0):>7.1f}{row['sentences_per_second']:>10.1f}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    return exit_status(lambda: _measure_all(arguments().parse_args(argv)))


def _measure_all(options: argparse.Namespace) -> None:
    types = options.types.split(",")
    figures: dict[str, dict[str, Any]] = {}
    cascade = Cascade.load(options.base, adapters=options.adapters, precision=options.precision)
    print(f"{'corpus':<24}{'sents':>8}{'entities':>9}{'F1':>9}  {'95 % interval':<12}{'span F1':>9}{'types':>8}{'ECE':>7}{'sents/s':>10}", flush=True)
    for name in options.corpora.split(","):
        documents = list(read(options.data / f"{name}.jsonl"))
        if options.sentences is not None and options.sentences < len(documents):
            documents = random.Random(options.seed).sample(documents, options.sentences)
        figures[name] = measure(cascade, documents, types)
        print(line(name, figures[name]), flush=True)
        if options.json is not None:  # after each corpus, so that an interrupted run leaves what it has
            options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for family in sorted({name.split("_")[0] for name in figures}):
        scores = [row["f1"] for name, row in figures.items() if name.startswith(family)]
        print(f"{family + ' mean':<24}{100 * sum(scores) / len(scores):>26.1f}")


if __name__ == "__main__":
    sys.exit(main())
