"""A long job and an hour of calls from many threads: `python -m benchmarks.soak --texts SENTENCES... --job 200000`.

`--job N` reads N documents with `infer.py --job`, in a process of its own, and checks that each comes out once, in
order, with its text. `--minutes M` calls one cascade from eight threads for so long, with one to sixteen documents a
call, and checks every answer against that of one thread alone; calls are read with `exact`, so that both are equal to
the byte. Memory is read every second or so; after the first tenth, in which buffers and caches grow to their size, it
is to stay within three percent. The texts are in an order drawn by `--seed`. The command fails where something is lost,
wrong or grows.
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
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice, pairwise, zip_longest
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.process_memory import resident_mb
from cascade import Cascade, CascadeError, Document
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive, positive_number
from cascade.whole_files import write_whole
from data_formats import read_texts

TYPES = ("person", "organization", "location")
FLAT = 0.03
PARTS = 10  # memory is compared from the second part of the time on
_EVERY = 1.0  # seconds between two looks at the memory
_MOST_AT_ONCE = 16
_DISTINCT = 400  # documents that the threads call with
_CODE = "import sys; from cascade.commands.infer import main; sys.exit(main(sys.argv[1:]))"


def arguments() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=Path, nargs="+", required=True, help="files of sentences, in any read format")
    parser.add_argument("--job", type=positive, metavar="N", help="documents of the job (default: no job)")
    parser.add_argument("--minutes", type=positive_number, help="of calls from threads (default: none)")
    parser.add_argument("--threads", type=positive, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="file for the figures, as JSON")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _soak(arguments().parse_args(argv)))


def _soak(options: argparse.Namespace) -> None:
    if not options.job and not options.minutes:
        raise CascadeError("found neither --job nor --minutes; expected one at least")
    resident_mb(os.getpid())  # raises an error where memory is not told
    texts = [document.text for file in options.texts for document in read_texts(file) if document.text.strip()]
    if not texts:
        raise CascadeError("--texts: no text in the files; expected sentences")
    random.Random(options.seed).shuffle(texts)  # so that each tenth of the time reads the same mix of files
    result: dict[str, Any] = {"machine": machine(), "texts": len(texts)}
    if options.job:
        result["job"] = job(texts, options.job)
        _tell("job", result, options.out)
    if options.minutes:
        result["threads"] = calls(texts, Cascade.load(exact=True), options.minutes, options.threads, options.seed)
        _tell("threads", result, options.out)
    if faults := [
        f"{name}: {fault}" for name in ("job", "threads") for fault in result.get(name, {}).get("faults", ())
    ]:
        raise CascadeError("; ".join(faults))


def _tell(name: str, result: dict[str, Any], out: Path | None) -> None:
    """Prints the figures of a part, and keeps all so far, in case that the next part is cut off."""
    told = {key: value for key, value in result[name].items() if key != "memory"}
    print(f"{name}: {json.dumps(told)}", flush=True)
    if out is not None:
        write_whole(out, json.dumps(result, indent=1) + "\n")


def job(texts: Sequence[str], count: int) -> dict[str, Any]:
    """A job of `count` documents in a process of its own; its seconds, memory and faults."""
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder, "given.jsonl"), Path(folder, "found.jsonl")
        with given.open("w", encoding="utf-8") as stream:
            for row in _rows(texts, count):
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        began, memory = time.monotonic(), []
        options = ["--types", ",".join(TYPES), "--job", "--quiet", "-o", str(out)]
        process = subprocess.Popen([sys.executable, "-c", _CODE, str(given), *options])
        while process.poll() is None:
            time.sleep(_EVERY)
            try:
                memory.append(resident_mb(process.pid))
            except CascadeError:  # it has just ended
                break
        status, seconds = process.wait(), time.monotonic() - began
        faults = [f"exit status {status}"] if status else _differing(_rows(texts, count), out)
    return {"documents": count, "seconds": round(seconds), **flatness(memory), "faults": faults + _grown(memory)}


def _rows(texts: Sequence[str], count: int) -> Iterator[dict[str, str]]:
    return ({"id": f"{number}", "text": text} for number, text in enumerate(islice(cycle(texts), count)))


def _differing(rows: Iterator[dict[str, str]], out: Path) -> list[str]:
    """What of the given documents is not in the output, in words: the first only."""
    with out.open(encoding="utf-8") as stream:
        for row, line in zip_longest(rows, stream):
            if row is None or line is None:
                return ["the output has another number of documents"]
            found = json.loads(line)
            if (found["id"], found["text"]) != (row["id"], row["text"]):
                return [f"document {row['id']} came out as {found['id']}, or with another text"]
            if any(found["text"][each["start"] : each["end"]] == "" for each in found["entities"]):
                return [f"document {row['id']}: an entity without text"]
    return []


def calls(texts: Sequence[str], cascade: Cascade, minutes: float, threads: int, seed: int) -> dict[str, Any]:
    """Calls of one cascade from several threads for so many minutes; how many, memory and faults."""
    source = random.Random(seed)
    drawn = source.sample(list(texts), min(_DISTINCT, len(texts)))
    documents = [Document(f"{number}", text) for number, text in enumerate(drawn)]
    alone = {answer.id: answer for answer in cascade(documents, list(TYPES))}
    ends, faults, done = time.monotonic() + 60 * minutes, list[str](), [0] * threads
    memory: list[float] = []

    def work(number: int) -> None:
        draw = random.Random(f"{seed}/{number}")
        while time.monotonic() < ends and not faults:
            asked = draw.sample(documents, draw.randint(1, min(_MOST_AT_ONCE, len(documents))))
            try:
                answers = list(cascade(asked, list(TYPES)))
            except Exception as error:  # any fault ends the soak, and is told
                faults.append(f"thread {number}: {type(error).__name__}: {error}")
                return
            if answers != [alone[document.id] for document in asked]:
                faults.append(f"thread {number}: another answer than alone for one of {[each.id for each in asked]}")
            done[number] += len(asked)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        time.sleep(_EVERY)
        memory.append(resident_mb(os.getpid()))
    figures = {"minutes": minutes, "threads": threads, "documents": sum(done), **flatness(memory)}
    return {**figures, "faults": faults + _grown(memory)}


def flatness(memory: Sequence[float]) -> dict[str, Any]:
    """The median memory of each tenth of the time in MB, and that of the last one over that of the second."""
    ends = [round(part * len(memory) / PARTS) for part in range(PARTS + 1)]
    parts = [round(statistics.median(memory[first:end]), 1) for first, end in pairwise(ends) if first < end]
    return {"memory": parts, "growth": round(parts[-1] / parts[1], 4) if len(parts) == PARTS else None}


def _grown(memory: Sequence[float]) -> list[str]:
    growth = flatness(memory)["growth"]
    if growth is None:
        return ["too short to tell whether memory grows"]
    return [f"memory grew to {growth:.3f} of what it was"] if growth > 1 + FLAT else []


if __name__ == "__main__":
    sys.exit(main())
