"""The command `evaluate`: two files of documents in, a report out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from cascade.bootstrap import RESAMPLES, SEED, check_options
from cascade.document import Document
from cascade.errors import ScoringError
from cascade.score_report import ScoreReport
from cascade.score_table import score_table
from cascade.scoring import first_ids, score
from data_formats.exit_status import exit_status
from data_formats.registry import formats, read
from data_formats.report import Report
from data_formats.text_files import open_output


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    asked = _parser().parse_args(arguments)
    return exit_status(lambda: _evaluate(asked))


def _evaluate(asked: argparse.Namespace) -> None:
    gold_reading, predicted_reading = Report(), Report()
    check_options(resamples=asked.resamples, seed=asked.seed)  # before files of any size are read
    gold = _gold(asked.gold, asked.gold_format, gold_reading)
    predicted = read(asked.predicted, asked.predicted_format, report=predicted_reading)
    report = score(gold, predicted, resamples=asked.resamples, seed=asked.seed, ignore_case_of_types=asked.ignore_case_of_types)
    _warn(report, {asked.gold: gold_reading, asked.predicted: predicted_reading})
    if asked.json is not None:
        not_read = {"gold": dict(gold_reading.losses), "predicted": dict(predicted_reading.losses)}
        _write_json({**report.to_json(), "not_read": not_read}, asked.json)
    print(score_table(report), flush=True)


def _gold(path: str, format: str | None, reading: Report) -> list[Document]:
    documents = list(read(path, format, report=reading))
    if not documents:
        raise ScoringError(f"{path}: no documents; expected the gold documents to score against")
    return documents


def _warn(report: ScoreReport, readings: dict[str, Report]) -> None:
    """Says on standard error what the scores do not, or only silently, include."""
    for path, reading in readings.items():
        for line in reading.lines():
            print(f"warning: {path}: not read and so not scored: {line}", file=sys.stderr)
    if report.missing:
        print(f"warning: gold documents without a prediction ({len(report.missing):,}): {first_ids(report.missing)}", file=sys.stderr)


def _write_json(values: dict[str, Any], path: str) -> None:
    with open_output(path) as stream:
        stream.write(json.dumps(values, ensure_ascii=False, indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    names = ", ".join(each.name for each in formats() if each.read)
    parser = argparse.ArgumentParser(
        prog="evaluate.py",
        description="Scores predicted entities against gold ones. Documents are paired by id; a missing document counts as all its entities missed.",
        epilog=f"formats: {names}; left out, the format is found from a file's first lines and name",
    )
    parser.add_argument("gold", metavar="GOLD", help="file of documents with the right entities")
    parser.add_argument("predicted", metavar="PREDICTED", help="file of documents with predicted entities")
    parser.add_argument("--json", metavar="REPORT", help="also write the report as JSON, measures as fractions")
    parser.add_argument("--gold-format", metavar="FORMAT", help="format of GOLD")
    parser.add_argument("--predicted-format", metavar="FORMAT", help="format of PREDICTED")
    parser.add_argument("--ignore-case-of-types", action="store_true", help="compare types in case-folded form: LOC equals loc")
    parser.add_argument(
        "--resamples", type=int, default=RESAMPLES, metavar="N", help="bootstrap resamples of the 95 %% intervals; 0 leaves them out (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="seed of the bootstrap (default: %(default)s)")
    return parser
