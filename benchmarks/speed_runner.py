"""The processes of the contenders of `benchmarks.speed`: each loads once, then all read in turn."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.speed_contenders import CONTENDERS, left_out
from benchmarks.speed_texts import of_all_lengths, places_of_all_lengths
from cascade import CascadeError, Document

ROOT = Path(__file__).resolve().parent.parent
_SHARES_OF_SLOW = {"alone": 0.05, "batched": 0.13}  # share of the sentences that contenders get that take seconds each
_WARM_UP = 8  # sentences


@dataclass(slots=True)
class Runner:
    """A contender's process and what it has measured: sentences a second, one a round, and seconds of a text that it
    reads alone; characters: of a sentence that it reads, on average; alone: places of the texts to read so.
    """

    name: str
    process: subprocess.Popen[str]
    sentences: int
    characters: float = 0.0
    load_seconds: float = 0.0
    alone: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    last: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The process' answer to one line; raises CascadeError where it has died."""
        assert self.process.stdin is not None and self.process.stdout is not None  # noqa: PT018
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise CascadeError(
                f"contender {self.name!r} ended with status {self.process.wait()}; its messages are above"
            )
        answer: dict[str, Any] = json.loads(line)
        return answer

    def hang_up(self) -> None:
        """Tells the process that there are no more questions."""
        if self.process.stdin is not None:
            self.process.stdin.close()

    def round(self) -> None:
        """Reads its sentences once, then some of them one at a time."""
        self.last = self.ask({"count": self.sentences})
        self.rates.append(self.sentences / self.last["seconds"])
        if self.alone:
            self.latencies += self.ask({"one_by_one": self.alone})["latencies"]


def start(
    name: str, settings: Mapping[str, Any], python: str, documents: Sequence[Document], alone: int = 0
) -> Runner | None:
    """The contender, loaded and warm; None where a package is missing.  settings: the job but for the sentences; alone:
    the number of texts to read one at a time.
    """
    contender = CONTENDERS[name]
    share = _SHARES_OF_SLOW[contender.arguments[0]] if contender.module == "cascadener_protocol" else 1.0
    read = of_all_lengths(documents, max(1, round(len(documents) * share)))
    texts = [document.text for document in read]
    job = {
        **settings,
        "texts": texts,
        "spans": [[(entity.start, entity.end, entity.type) for entity in document.entities] for document in read],
    }
    command = [
        python if contender.peer else sys.executable,
        "-W",
        "ignore",
        "-m",
        f"benchmarks.contenders.{contender.module}",
        *contender.arguments,
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    runner = Runner(name, process, len(texts), characters=statistics.mean(map(len, texts)))
    runner.alone = places_of_all_lengths(read, min(alone, len(read)))
    answer = runner.ask(job)
    if "missing" in answer:
        print(left_out(name, answer["missing"], python), flush=True)
        process.wait()
        return None
    runner.load_seconds, runner.versions = answer["load_seconds"], answer["versions"]
    runner.ask({"count": min(_WARM_UP, runner.sentences)})
    return runner


def compete(runners: Sequence[Runner], rounds: int) -> None:
    """All contenders in turn, `rounds` times; what is measured stays when the user interrupts."""
    try:
        for _ in range(rounds):
            for runner in runners:
                runner.round()
    except KeyboardInterrupt:
        print("interrupted; the table holds what was measured", flush=True)
    finally:
        for runner in runners:
            runner.hang_up()
        for runner in runners:
            runner.process.wait()
