"""`infer.py` in processes that are forked from one that has loaded its models, so that killing a hundred is cheap.

A child does everything that the command does but load: it reads the options, opens the inputs, and reads and writes.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from cascade import Document, Entity
from cascade.commands import infer, infer_job, job_marks
from cascade.pipeline.counts import Counts

if TYPE_CHECKING:
    from cascade import Cascade

TINY = {  # so wide a spread of weights that random ones find something
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "intermediate_size": 64,
    "vocab_size": 151_936,
    "tie_word_embeddings": True,
    "initializer_range": 0.25,
}
_NAMES = "Ada Lovelace|Müller & Söhne|王小明|Köln|London|İstanbul|Нина|the river bank|Siemens|أحمد".split("|")
_VERBS = "met|left|wrote to|lived near|sold|saw|heard of|paid".split("|")


class StandIn:
    """Stands in for a cascade where the job is tried and not the model: finds the first word of each text, slowly.

    seconds: of work for each document.
    """

    seconds = 0.001
    counts = Counts()
    min_score = 0.0
    base = SimpleNamespace(fingerprint="none", device=SimpleNamespace(type="cpu"))

    @classmethod
    def load(cls, *_: object, **__: object) -> StandIn:
        """The one that there is."""
        return cls()

    def stream(
        self, documents: Iterable[Document], *_: object, counts: Counts | None = None, **__: object
    ) -> Iterator[Document]:
        """The documents, each with an entity."""
        for document in documents:
            time.sleep(self.seconds)
            if counts is not None:
                counts.documents += 1
            yield document.with_entities([Entity(0, len(document.text.split(" ")[0]), "person", 0.5)])


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit status, negative for the signal that killed it, and what it said."""

    status: int
    said: str


@dataclass(frozen=True, slots=True)
class Forked:
    """A command that is running in a forked process."""

    pid: int
    said: Path

    @classmethod
    def started(
        cls, ner: Cascade | None, arguments: Sequence[str], said: Path, prepare: Callable[[], Any] = lambda: None
    ) -> Forked:
        """Starts `infer.py` with these arguments on models that are loaded, None being the stand-in.

        said: takes what the command prints. prepare: called in the process before the command.
        """
        pid = os.fork()
        if pid == 0:
            _run(ner, arguments, said, prepare)
        return cls(pid, said)

    def signalled(self, number: int = signal.SIGKILL) -> None:
        """Sends a signal."""
        os.kill(self.pid, number)

    def ended(self, timeout_s: float = 600.0) -> Ended:
        """How it ended; kills it, and says so by status -9, where that takes too long."""
        until = time.monotonic() + timeout_s
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return Ended(os.waitstatus_to_exitcode(status), self.said.read_text(encoding="utf-8"))
            if time.monotonic() > until:
                self.signalled()
            time.sleep(0.005)

    def killed_after(self, seconds: float) -> bool:
        """Kills it after so long; False where it had ended by itself with success."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                if status:
                    raise SystemExit(f"the command failed: {self.said.read_text(encoding='utf-8')}")
                return False
            time.sleep(0.001)
        self.signalled()
        os.waitpid(self.pid, 0)
        return True


def tiny_base(folder: Path) -> Path:
    """Writes a tiny base model with random weights and its adapters; returns `folder`."""
    from benchmarks.random_base import make

    make(TINY, folder, seed=1)
    return folder


def write_texts(file: Path, count: int, seed: int, *, languages: Sequence[str] = ("en",)) -> Path:
    """Writes so many short made-up texts as JSON lines, in languages that follow each other; returns the file."""
    source = random.Random(seed)
    with file.open("w", encoding="utf-8") as stream:
        for number in range(count):
            names = [source.choice(_NAMES) for _ in range(source.randrange(2, 5))]
            text = f" {source.choice(_VERBS)} ".join(names) + "."
            language = languages[number * len(languages) // count]
            stream.write(f'{{"id": "d{number}", "text": "{text}", "language": "{language}", "entities": []}}\n')
    return file


def facade() -> Any:
    """The class that the command loads: the cascade, or what stands in for it."""
    return sys.modules["cascade.pipeline.facade"].__dict__["Cascade"]


def _run(ner: Cascade | None, arguments: Sequence[str], said: Path, prepare: Callable[[], Any]) -> None:
    """The child's work; never returns."""
    status = 99
    try:
        descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(descriptor, 2)
        os.dup2(descriptor, 1)
        if ner is None:
            infer_job.__dict__["BATCH_SIZE"] = 4  # of the stand-in, which is to be killed amid a shard too
            module = ModuleType("cascade.pipeline.facade")
            module.__dict__["Cascade"] = StandIn
            sys.modules["cascade.pipeline.facade"] = module
            infer.__dict__["self_check"] = lambda *_, **__: None
            job_marks.__dict__["circumstances"] = lambda _: {}
        else:
            facade().load = lambda *_, min_score, **__: ner.fresh(min_score=min_score)
        prepare()
        status = infer.main(arguments)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)
