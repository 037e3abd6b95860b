"""Speed and memory against peers on one machine: `python -m benchmarks.speed --data CONLL2003/test.jsonl --types
person,organization,...`.

Each contender is a process of its own that loads once; then all read in turn, round after round, so that a machine
shared with others slows all alike. Ratios are taken within each round.  A contender whose package is missing is named
with the `pip install` it needs and left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.speed_contenders import CONTENDERS, DEFAULT
from benchmarks.speed_report import figures, limit, table
from benchmarks.speed_runner import ROOT, compete, start
from benchmarks.speed_texts import LENGTHS, LONG, SHORT, of_length
from cascade import CascadeError, Document
from cascade.commands.exit_status import exit_status
from cascade.model.base_folder import base_folder
from cascade.whole_files import write_whole
from data_formats import read


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="documents with entities, in any read format")
    parser.add_argument("--types", default="person,organization,location")
    parser.add_argument(
        "--number-of-types", type=int, help="as many types, filled up from benchmarks/types.txt (300 names)"
    )
    parser.add_argument(
        "--sentences",
        type=int,
        default=500,
        help="the first so many (default: %(default)s); slow contenders get fewer, of all lengths",
    )
    parser.add_argument(
        "--text-length",
        choices=LENGTHS,
        default="mixed",
        help=f"texts as they are, those of at most {SHORT} words, or neighbours joined to at least {LONG} words "
        "(default: %(default)s)",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--latency-texts",
        type=int,
        default=0,
        metavar="N",
        help="in each round, also read N of the texts, of all lengths, one at a time: median and 95 %% percentile",
    )
    parser.add_argument(
        "--score", action="store_true", help="also strict F1 of those contenders that have real weights"
    )
    parser.add_argument(
        "--contenders",
        default=DEFAULT,
        help=f"separated by commas, of {', '.join(CONTENDERS)} (default: %(default)s)",
    )
    parser.add_argument(
        "--peers-python",
        default=sys.executable,
        help="Python with the peers' packages, which need other versions than this project",
    )
    parser.add_argument(
        "--base",
        help="base model of our contenders and of the protocol's (default: the embedded one); random ones: "
        "benchmarks.random_base",
    )
    parser.add_argument("--adapters", type=Path)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser


def types_of(named: Sequence[str], number: int | None) -> list[str]:
    """The types named, filled up to `number` from the list of this folder."""
    listed = (ROOT / "benchmarks" / "types.txt").read_text(encoding="utf-8").split("\n")
    filled = list(dict.fromkeys([*named, *filter(None, listed)]))
    return list(named) if number is None else filled[:number]


def documents_of(path: Path, length: str, count: int) -> list[Document]:
    """The first so many documents of that length, with their entities, which the protocol marks and F1 counts.

    Of equal texts the first is taken, as we would read them once and others each time.
    """
    different: dict[str, Document] = {}
    for document in of_length(read(path), length):
        different.setdefault(document.text, document)
        if len(different) == count:
            break
    documents = list(different.values())
    if not documents:
        raise CascadeError(f"{path}: no documents of --text-length {length}; expected sentences to read")
    return documents


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    return exit_status(lambda: _measure(arguments().parse_args(argv)))


def _measure(options: argparse.Namespace) -> None:
    wanted = options.contenders.split(",")
    if unknown := [name for name in wanted if name not in CONTENDERS]:
        raise CascadeError(f"--contenders: {', '.join(unknown)}; expected some of {', '.join(CONTENDERS)}")
    from cascade.model.devices import usable_device
    from cascade.model.precision import Precision, fast_dtype

    documents = documents_of(options.data, options.text_length, options.sentences)
    settings = {
        "types": types_of(options.types.split(","), options.number_of_types),
        "float": Precision(fast_dtype(usable_device(None)), int8=False).name,
        "tokenizer": base_folder(),
        "base": str(options.base) if options.base else None,
        "adapters": str(options.adapters.resolve()) if options.adapters else None,
        "score": options.score,
    }
    started = (start(name, settings, options.peers_python, documents, options.latency_texts) for name in wanted)
    runners = [runner for runner in started if runner is not None]
    compete(runners, options.rounds)
    found, shares = figures(runners), limit(runners)
    print(table(found, shares))
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        setting = {
            "machine": machine() | {"float": settings["float"]},
            "sentences": len(documents),
            "text_length": options.text_length,
            "types": settings["types"],
        }
        value = {**setting, "contenders": found, "limit": shares}
        write_whole(options.json, json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
