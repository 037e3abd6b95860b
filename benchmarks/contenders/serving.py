"""The contender's side of the benchmark: one line of JSON in, one line out.

The first line is the job: `texts`, `spans` (characters start, end, type of the right entities) and `types`.  Each
further one names how many texts to read (`count`) and with which options.  Imports nothing of the project, as some
contenders run in an environment of their own.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

Job = Mapping[str, Any]


def serve(load: Callable[[Job], Callable[[int], Mapping[str, float] | None]]) -> None:
    """Loads, then reads as many texts as each line of standard input says, and answers with the seconds it took; a
    missing package is told by its name.
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
    answers.write(json.dumps({"load_seconds": time.monotonic() - started}) + "\n")
    for line in sys.stdin:
        started = time.monotonic()
        more = read(json.loads(line)["count"]) or {}
        unit = 1e6 if sys.platform != "darwin" else 1e9
        figures = {
            "seconds": time.monotonic() - started,
            "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
            **more,
        }
        answers.write(json.dumps(figures) + "\n")
