"""Speed and memory on one machine: `python -m benchmarks.speed --data sentences.jsonl --types a,b,c`.

Prints the load time apart, then sentences a second of the whole cascade over several runs (the median counts on a shared machine), beside the same sentences
one at a time, and the peak memory of the process.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from cascade import Cascade, CascadeError, Document
from data_formats import read


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--types", default="person,organization,location")
    parser.add_argument("--sentences", type=int, default=500, help="the first so many (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--alone", type=int, default=100, help="sentences that are also read one at a time (default: %(default)s)")
    parser.add_argument("--base")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--adapters", type=Path)
    return parser


def rates(work: Callable[[], object], count: int, runs: int) -> list[float]:
    """Items a second of each run of `work` on `count` items, slowest first."""
    found = []
    for _ in range(runs):
        started = time.monotonic()
        work()
        found.append(count / (time.monotonic() - started))
    return sorted(found)


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    options = arguments().parse_args(argv)
    types = options.types.split(",")
    try:
        documents = [Document(document.id, document.text, document.language) for document in islice(read(options.data), options.sentences)]
        started = time.monotonic()
        cascade = Cascade.load(options.base, adapters=options.adapters, precision=options.precision)
        loaded = time.monotonic() - started
    except CascadeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    cascade(documents[:50], types)  # what is made at the first use of each shape
    together = rates(lambda: cascade(documents, types), len(documents), options.runs)
    few = documents[: options.alone]
    alone = rates(lambda: [cascade(document, types) for document in few], len(few), 1)
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform != "darwin" else 1e9)
    print(f"load            {loaded:8.1f} s")
    spread = f"median of {options.runs} runs ({together[0]:.1f} to {together[-1]:.1f})"
    print(f"together        {statistics.median(together):8.1f} sentences/s, {spread}, {len(documents)} sentences")
    print(f"one at a time   {alone[0]:8.1f} sentences/s, {len(few)} sentences; together is {statistics.median(together) / alone[0]:.1f} times as fast")
    print(f"peak memory     {peak_gb:8.2f} GB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
