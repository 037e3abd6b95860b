"""What Ray costs: `python -m benchmarks.ray_overhead --data FILE ... --sentences 20000`.

The same sentences are read by `infer.py --job` in one process, and by `infer.py --ray` with actors that share the same
cores, in turn, after a start of each on 32 sentences. Printed are sentences a second of each round, without the start,
the ratio of the medians, and the starts.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import chain, cycle, islice
from pathlib import Path

from cascade import CascadeError, Document
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive
from data_formats import read, write

ROOT = Path(__file__).resolve().parents[1]
TIMED = re.compile(r"(?:loaded|started) in ([0-9.]+) s; ([0-9,]+) documents in ([0-9.]+) s")


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ray_overhead", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", nargs="+", type=named_path, required=True, help="documents; repeated if too few")
    parser.add_argument("--sentences", type=positive, default=20_000)
    parser.add_argument("--rounds", type=positive, default=1)
    parser.add_argument("--actors", type=positive, default=2)
    parser.add_argument("--types", default="person,organization,location,miscellaneous")
    parser.add_argument("--ray", metavar="ADDRESS", default="", help="a cluster that runs (default: started each time)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file too")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure(arguments().parse_args(argv)))


def _measure(options: argparse.Namespace) -> None:
    ways = {"one process": ["--job"], f"{options.actors} actors": _on_ray(options)}
    figures: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = _sentences(options, folder / "texts.jsonl", options.sentences)
        few = _sentences(options, folder / "few.jsonl", 32)
        for way, given in ways.items():
            timed(few, folder / "few-found.jsonl", options.types, given)
            print(f"{way}: warm", flush=True)
        for number in range(options.rounds):
            for way, given in ways.items():
                start, seconds = timed(texts, folder / "found.jsonl", options.types, given)
                figures[way].append({"start_s": start, "sentences_per_second": round(options.sentences / seconds, 2)})
                rate = figures[way][-1]["sentences_per_second"]
                print(f"round {number + 1}: {way}: {rate} sentences a second, started in {start} s", flush=True)
    alone, actors = (statistics.median(each["sentences_per_second"] for each in rounds) for rounds in figures.values())
    print(f"ratio: {actors / alone:.3f}")
    if options.json is not None:
        values = {"sentences": options.sentences, "ratio": round(actors / alone, 4), "rounds": figures}
        options.json.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def _on_ray(options: argparse.Namespace) -> list[str]:
    at = f"--ray={options.ray}" if options.ray else "--ray"
    return [at, "--concurrency", str(options.actors), "--actor-cores", "1"]


def timed(texts: Path, out: Path, types: str, given: Sequence[str]) -> tuple[float, float]:
    """Seconds until reading began, and of reading, as `infer.py --timing` tells them."""
    command = [sys.executable, str(ROOT / "infer.py"), str(texts), "-o", str(out), "--types", types, "--restart"]
    result = subprocess.run(
        [*command, "--timing", "--quiet", *given], capture_output=True, text=True, encoding="utf-8", check=False
    )
    if result.returncode or (found := TIMED.search(result.stderr)) is None:
        raise CascadeError(f"{' '.join(given)}: {(result.stderr.strip().splitlines() or ['it said nothing'])[-1]}")
    return float(found[1]), float(found[3])


def _sentences(options: argparse.Namespace, file: Path, count: int) -> Path:
    """So many documents with ids of their own, from the beginning where there are too few."""
    every = chain.from_iterable(read(path) for path in options.data)
    there = list(islice(every, count))
    if not there:
        raise CascadeError("--data has no document; expected some")
    write(
        (Document(str(number), each.text, each.language) for number, each in enumerate(islice(cycle(there), count))),
        file,
        "jsonl",
    )
    return file


if __name__ == "__main__":
    sys.exit(main())
