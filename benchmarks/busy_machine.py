"""Measures sharing a machine: `python -m benchmarks.busy_machine --data FILE`.

The threads of GNU OpenMP poll for work before they sleep, and so take the cores from other processes. The table shows
sentences a second of `infer.py` for several values of `GOMP_SPINCOUNT`, on the machine as it is and beside processes
that are always busy. `none` sets no variable, as for programs that import `cascade` after torch.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.build_runs import Build, read_file
from benchmarks.machine import machine
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.whole_files import write_whole
from data_formats import read, write

ROOT = Path(__file__).resolve().parents[1]
SPINS = ("none", "0", "100", "1000", "10000", "100000")
_DEFAULT = "300000"  # GNU OpenMP's own, where no variable says otherwise
_VARIABLE = "GOMP_SPINCOUNT"


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.busy_machine", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="sentences in any read format")
    parser.add_argument("--sentences", type=positive, default=100, help="drawn by --seed (default: %(default)s)")
    parser.add_argument("--types", default="person,organization,location", help="separated by commas")
    parser.add_argument("--spins", default=",".join(SPINS), help="values separated by commas (default: %(default)s)")
    parser.add_argument("--busy", type=positive, default=4, help="busy processes (default: %(default)s)")
    parser.add_argument("--rounds", type=positive, default=3, help="all values in turn (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """While it is open, so many Python processes compute without a pause."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def spinning(value: str) -> Iterator[None]:
    """While it is open, processes that start have this value of GOMP_SPINCOUNT, or GNU OpenMP's own for `none`."""
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = _DEFAULT if value == "none" else value
    try:
        yield
    finally:
        del os.environ[_VARIABLE]
        if before is not None:
            os.environ[_VARIABLE] = before


def measured(build: Build, file: Path, options: Sequence[str], spins: Sequence[str], *, busy: int, rounds: int) -> Any:
    """Sentences a second by value and number of busy processes, of each round."""
    rates: dict[str, dict[str, list[float]]] = {spin: {"0": [], str(busy): []} for spin in spins}
    with tempfile.TemporaryDirectory() as folder:
        for _, spin, load in product(range(rounds), spins, (0, busy)):
            with spinning(spin), busy_processes(load):
                rate, _ = read_file(build, file, Path(folder) / "out.jsonl", options)
            rates[spin][str(load)].append(rate)
    return rates


def table(rates: Mapping[str, Mapping[str, Sequence[float]]], busy: int) -> str:
    """The figures as a Markdown table: medians, their range, and how much is left beside the busy processes."""
    lines = [f"| {_VARIABLE} | alone | beside {busy} busy processes | left |", "|---|---|---|---|"]
    for spin, found in rates.items():
        alone, beside = found["0"], found[str(busy)]
        left = statistics.median(other / one for one, other in zip(alone, beside, strict=True))
        lines.append(f"| {spin} | {_range(alone)} | {_range(beside)} | {left:.2f} |")
    return "\n".join(lines)


def _range(rates: Sequence[float]) -> str:
    return f"{statistics.median(rates):.1f} ({min(rates):.1f} to {max(rates):.1f})"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _run(arguments().parse_args(argv)))


def _run(options: argparse.Namespace) -> None:
    documents = list(read(options.data))
    drawn = random.Random(options.seed).sample(documents, min(options.sentences, len(documents)))
    build = Build("this", ROOT, sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sentences.jsonl"
        write(drawn, file)
        spins = options.spins.split(",")
        rates = measured(build, file, ["--types", options.types], spins, busy=options.busy, rounds=options.rounds)
    print(table(rates, options.busy))
    if options.json is not None:
        figures = {"machine": machine(), "sentences": len(drawn), "busy": options.busy, "sentences_per_second": rates}
        write_whole(options.json, json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
