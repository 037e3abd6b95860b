"""Measures how time and memory grow: `python -m benchmarks.scaling --data SENTENCES.jsonl --out FOLDER`.

For each curve it writes a table, a plot and the raw figures. The curves are over the number of types, the length of a
text, entities in a sentence, languages with their own adapters in one job, documents, and threads. The points of a
curve are measured in turn, round after round, and ratios are taken within each round, so that other load on the machine
slows all alike.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.scaling_points import CURVES, Point
from cascade import CascadeError, Document
from cascade.commands.exit_status import exit_status
from cascade.whole_files import write_whole
from data_formats import read_texts


@dataclass(frozen=True, slots=True)
class Curve:
    """The measurements of a curve.

    points: for each, its place on the axis, the seconds of each round, and the peak memory in MB (None if not
    measured).
    """

    name: str
    axis: str
    unit: str
    reference: int  # the place on the axis of the point that others are divided by in ratios
    points: list[dict[str, Any]]

    def rows(self) -> list[dict[str, Any]]:
        """Medians, and ratios to the reference within each round, for each point."""
        first = next((point for point in self.points if point["x"] == self.reference), self.points[0])
        rows = []
        for point in self.points:
            ratios = [
                mine / other for mine, other in zip(point["seconds_per_unit"], first["seconds_per_unit"], strict=False)
            ]
            row = {
                "x": point["x"],
                "milliseconds": 1000 * statistics.median(point["seconds_per_unit"]),
                "ratio": statistics.median(ratios),
            }
            rows.append(row | {key: point[key] for key in ("peak_mb", "note") if point.get(key) is not None})
        return rows


def table(curve: Curve) -> str:
    """The curve as a printed table."""
    lines = [f"{curve.axis:<24}{'ms/' + curve.unit:>16}{'ratio':>8}{'peak MB':>10}"]
    for row in curve.rows():
        memory = f"{row['peak_mb']:>10,.0f}" if "peak_mb" in row else " " * 10
        lines.append(
            f"{row['x']:<24,}{row['milliseconds']:>16.2f}{row['ratio']:>8.2f}{memory}  {row.get('note', '')}".rstrip()
        )
    return "\n".join(lines)


def picture(curve: Curve, file: Path) -> None:
    """Plots the time of a unit, and the memory if it was measured, over the axis."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = curve.rows()
    figure, left = pyplot.subplots(figsize=(6, 3.2), layout="constrained")
    places = [row["x"] for row in rows]
    left.plot(places, [row["milliseconds"] for row in rows], "o-", color="tab:blue")
    left.set_ylim(0, 1.1 * max(row["milliseconds"] for row in rows))
    if max(places) > 20 * max(1, min(places)):
        left.set_xscale("symlog" if min(places) == 0 else "log")
    left.set_xticks(places, [f"{place:,}" for place in places])
    left.minorticks_off()
    left.set_xlabel(curve.axis)
    left.set_ylabel(f"ms / {curve.unit}", color="tab:blue")
    if all("peak_mb" in row for row in rows):
        right = left.twinx()
        right.plot(places, [row["peak_mb"] for row in rows], "s--", color="tab:orange")
        right.set_ylim(0, 1.1 * max(row["peak_mb"] for row in rows))
        right.set_ylabel("peak memory (MB)", color="tab:orange")
    left.grid(alpha=0.3)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def measured(
    name: str, axis: str, unit: str, reference: int, points: Sequence[Point], rounds: int, say: Callable[[str], None]
) -> Curve:
    """Runs all points in turn, for `rounds` rounds after one to warm up; returns the curve.

    Points that run a command of their own have no warm-up. If the user interrupts, the measurements so far are kept.
    """
    found: list[dict[str, Any]] = [
        {"x": point.x, "seconds_per_unit": [], "peak_mb": None, "note": None} for point in points
    ]
    try:
        for number in range(rounds + 1):
            for point, row in zip(points, found, strict=True):
                if number == 0 and not point.warm_up:
                    continue
                result = point.run()
                if number or not point.warm_up:
                    row["seconds_per_unit"].append(result.seconds / point.units)
                    row["peak_mb"], row["note"] = result.peak_mb, result.note
    except KeyboardInterrupt:
        say("interrupted; the curve holds what was measured")
    return Curve(name, axis, unit, points[reference].x, [row for row in found if row["seconds_per_unit"]])


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--data",
        type=Path,
        action="append",
        required=True,
        help="sentences in any read format; may be given more than once",
    )
    parser.add_argument("--curves", default=",".join(CURVES), help="separated by commas (default: %(default)s)")
    parser.add_argument(
        "--sentences",
        type=int,
        default=200,
        help="read only the first so many, for all curves but documents (default: %(default)s)",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--documents", default="10,100,1000,10000", help="points of the curve of documents (default: %(default)s)"
    )
    parser.add_argument("--adapters", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder for scaling-CURVE.json and .png")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure(arguments().parse_args(argv)))


def _measure(options: argparse.Namespace) -> None:
    wanted = options.curves.split(",")
    if unknown := [name for name in wanted if name not in CURVES]:
        raise CascadeError(f"--curves: {', '.join(unknown)}; expected some of {', '.join(CURVES)}")
    most = max(map(int, options.documents.split(","))) if "documents" in wanted else options.sentences
    documents: list[Document] = [document for file in options.data for document in islice(read_texts(file), most)]
    if len(documents) < options.sentences:
        raise CascadeError(
            f"--data: {len(documents)} sentences; expected at least {options.sentences}, or a smaller number with "
            "--sentences"
        )
    options.out.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        make = CURVES[name]
        axis, unit, reference, points = make(documents, options)
        curve = measured(
            name, axis, unit, reference, points, options.rounds, lambda message: print(message, flush=True)
        )
        if not curve.points:
            continue
        print(f"\n{table(curve)}", flush=True)
        value = {"machine": machine(), "axis": axis, "unit": unit, "points": curve.points, "rows": curve.rows()}
        write_whole(options.out / f"scaling-{name}.json", json.dumps(value, indent=1) + "\n")
        picture(curve, options.out / f"scaling-{name}.png")


if __name__ == "__main__":
    sys.exit(main())
