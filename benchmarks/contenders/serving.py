"""The contender's side of the benchmark: one line of JSON in, one line out.

The first line is the job: `texts`, `spans` (characters start, end, type of the right entities) and `types`.  Each
further one names how many texts to read (`count`), or the places of the texts to read one at a time (`one_by_one`).
Imports nothing of the project, as some contenders run in an environment of their own.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

Job = Mapping[str, Any]
_PACKAGES = ("torch", "transformers", "gliner", "gliner2", "onnxruntime", "openvino", "fast_gliner", "spacy")
Read = Callable[[slice], Mapping[str, Any] | None]


def serve(load: Callable[[Job], Read]) -> None:
    """Loads, then reads the texts that each line of standard input names, and answers with the seconds it took; a
    missing package is told by its name.  A contender that returns the `entities` that it found, (start, end, type) of
    each text, gets them counted against the right ones where the job says `score`.
    """
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not stand among the answers
    job = json.loads(sys.stdin.readline())
    started = time.monotonic()
    try:
        read = load(job)
    except ModuleNotFoundError as error:
        answers.write(json.dumps({"missing": error.name}) + "\n")
        return
    answers.write(json.dumps({"load_seconds": time.monotonic() - started, "versions": versions()}) + "\n")
    for line in sys.stdin:
        question = json.loads(line)
        if "one_by_one" in question:
            latencies = [timed(read, slice(place, place + 1))[0] for place in question["one_by_one"]]
            answers.write(json.dumps({"latencies": latencies}) + "\n")
            continue
        part = slice(0, question["count"])
        seconds, more = timed(read, part)
        found = more.get("entities") if job.get("score") else None
        unit = 1e6 if sys.platform != "darwin" else 1e9
        figures = {
            "seconds": seconds,
            "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
            **{name: value for name, value in more.items() if name != "entities"},
            **({} if found is None else matches(job["spans"][part], found, job["types"])),
        }
        answers.write(json.dumps(figures) + "\n")


def versions() -> dict[str, str]:
    """The versions of the packages that a contender loaded and that its speed depends on."""
    return {name: version(name) for name in _PACKAGES if name in sys.modules}


def timed(read: Read, part: slice) -> tuple[float, dict[str, Any]]:
    """The seconds that reading took, and what it returned."""
    started = time.monotonic()
    more = read(part)
    return time.monotonic() - started, dict(more or {})


def matches(gold: Sequence[Iterable[Any]], found: Sequence[Iterable[Any]], types: Sequence[str]) -> dict[str, int]:
    """How many entities are right, found, and in the gold: with their exact borders, of the types asked for."""
    counts = {"correct": 0, "found": 0, "gold": 0}
    for right, mine in zip(gold, found, strict=True):
        wanted, given = {tuple(entity) for entity in right if entity[2] in types}, {tuple(entity) for entity in mine}
        counts["correct"] += len(wanted & given)
        counts["found"] += len(given)
        counts["gold"] += len(wanted)
    return counts
