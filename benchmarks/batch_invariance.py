"""Checks whether results depend on other texts read: `python -m benchmarks.batch_invariance --data SENTENCES.jsonl`.

The same sentences are read together, in another order, in batches a quarter as large, and one at a time; and by the
command with --exact, with one thread and with as many as there are cores. For each arithmetic, the output gives the
share of documents with the same entities as when read together, and the largest difference of a score among these.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from benchmarks.agreement import agreement
from benchmarks.speed_runner import ROOT
from cascade import Cascade, Document
from cascade.commands.exit_status import exit_status
from data_formats import read, write

TYPES = ("person", "organization", "location", "miscellaneous")


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.batch_invariance", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="sentences in any read format")
    parser.add_argument("--sentences", type=int, default=300, help="read only the first so many (default: %(default)s)")
    parser.add_argument("--precisions", default="int8,bf16,exact", help="separated by commas (default: %(default)s)")
    parser.add_argument("--adapters", type=Path)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure(arguments().parse_args(argv)))


def _measure(options: argparse.Namespace) -> None:
    documents = [
        Document(str(number), document.text)
        for number, document in enumerate(islice(read(options.data), options.sentences))
    ]
    order = random.Random(1).sample(range(len(documents)), k=len(documents))
    print(f"{'arithmetic':<12}{'against all together':<28}{'same entities':>14}{'largest score difference':>26}")
    for name in options.precisions.split(","):
        ner = Cascade.load(
            adapters=options.adapters, exact=name == "exact", precision="auto" if name == "exact" else name
        )
        together = ner(documents, TYPES)
        shuffled = ner([documents[place] for place in order], TYPES)
        ways = {"another order": [document for _, document in sorted(zip(order, shuffled, strict=True))]}
        if name != "exact":
            smaller = Cascade(ner.base, ner.retriever, batch_tokens=ner.batch_tokens // 4)
            ways["batches a quarter as large"] = smaller(documents, TYPES)
        ways["one at a time"] = [ner(document, TYPES) for document in documents]
        for way, found in ways.items():
            each = agreement(together, found)
            print(f"{name:<12}{way:<28}{100 * each.share:>13.1f}%{each.largest_score_difference:>26.4f}", flush=True)
    _across_threads(documents, options)


def _across_threads(documents: Sequence[Document], options: argparse.Namespace) -> None:
    """Compares the output bytes of the command with --exact for one thread and for all threads."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "sentences.jsonl"
        write(documents, str(source), "jsonl")
        written = []
        for threads in sorted({1, os.cpu_count() or 1}):
            out = Path(folder) / f"{threads}.jsonl"
            command = [sys.executable, "infer.py", str(source), "-o", str(out), "--types", ",".join(TYPES), "--exact"]
            command += ["--adapters", str(options.adapters)] if options.adapters else []
            subprocess.run(
                command,
                cwd=ROOT,
                check=True,
                env=os.environ | {"OMP_NUM_THREADS": str(threads)},
                stderr=subprocess.DEVNULL,
            )
            written.append((threads, out.read_bytes()))
        alike = len({content for _, content in written}) == 1
        print(
            f"infer.py --exact with {' and '.join(str(threads) for threads, _ in written)} threads: "
            f"{'the same bytes' if alike else 'not the same bytes'}"
        )


if __name__ == "__main__":
    sys.exit(main())
