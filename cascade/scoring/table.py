"""Prints a score report as a table."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from cascade.scoring.bootstrap import CONFIDENCE, Interval
from cascade.scoring.calibration import BINS
from cascade.scoring.report import Counts, ScoreReport

HEADINGS = ("precision", "recall", "F1", "", "gold", "predicted")
_OUTERMOST = " (outermost)"
INTERVAL_COLUMN = 4  # the only text column after the row's name; the others are numbers

Row = tuple[str, ...]


def score_table(report: ScoreReport) -> str:
    """The report in aligned columns, without a newline at the end.

    Measures are in percent; an interval follows the F1 that it belongs to.
    """
    rows: list[Row] = [
        ("", *HEADINGS),
        _row("entities", report.strict, report.f1_interval),
        _row("spans", report.span, report.span_f1_interval),
        ("macro over types", "", "", percent(report.macro_f1)),
        (),
        ("language", *HEADINGS),
        *(_row(name, score.strict, score.f1_interval) for name, score in report.languages.items()),
        (),
        ("type", *HEADINGS),
        *(_row(name, counts, None) for name, counts in report.types.items()),
    ]
    if report.nests:
        rows += [
            (),
            ("layer", *HEADINGS),
            *(_row(f"{layer}{_OUTERMOST * (layer == 1)}", counts, None) for layer, counts in report.layers.items()),
        ]
    lines = [
        f"documents: {report.gold_documents:,} gold, {report.predicted_documents:,} predicted"
        + (f", {len(report.missing):,} missing (all their entities count as missed)" if report.missing else ""),
        "",
        *_aligned(rows),
        "",
        f"type accuracy on the gold spans that were found: {percent(report.type_accuracy)}",
    ]
    if report.calibration_error is not None:
        lines.append(f"expected calibration error of the scores: {percent(report.calibration_error)} ({BINS} bins)")
    if report.f1_interval is not None:
        lines.append(
            f"[low, high]: {CONFIDENCE:.0%} bootstrap interval over documents, {report.resamples:,} resamples, seed "
            f"{report.seed}"
        )
    return "\n".join(lines)


def _row(name: str, counts: Counts, interval: Interval | None) -> Row:
    ends = "" if interval is None else f"[{percent(interval.low)}, {percent(interval.high)}]"
    # A name from a file may hold line breaks or terminal controls; its repr holds none.
    shown = name if name.isprintable() else repr(name)
    return (
        shown,
        percent(counts.precision),
        percent(counts.recall),
        percent(counts.f1),
        ends,
        f"{counts.gold:,}",
        f"{counts.predicted:,}",
    )


def percent(fraction: float) -> str:
    """A fraction in percent, as reports show it."""
    return f"{100 * fraction:.1f}"


def _aligned(rows: Sequence[Row]) -> list[str]:
    """Lines of aligned columns: names and intervals to the left, numbers to the right."""
    widths = [
        max((_width(row[column]) for row in rows if column < len(row)), default=0)
        for column in range(len(HEADINGS) + 1)
    ]
    lines = []
    for row in rows:
        line = ""
        for column, cell in enumerate(row):
            padding = " " * (widths[column] - _width(cell))
            gap = "" if column == 0 or not widths[column] else " " if column == INTERVAL_COLUMN else "  "
            line += gap + (cell + padding if column in (0, INTERVAL_COLUMN) else padding + cell)
        lines.append(line.rstrip())
    return lines


def _width(cell: str) -> int:
    """The number of terminal columns of a cell: two for wide East Asian characters, none for combining marks."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in cell)
