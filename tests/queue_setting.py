"""A queue whose model waits, so that a test can say what comes together behind it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from cascade import Document
from cascade.serving.questions import Options, Question, Reading
from cascade.serving.reading_queue import Job, ReadingQueue

WAIT_S = 30


@dataclass
class Model:
    """Waits in its first call until it may go on, so that texts come together behind it; keeps what it was given."""

    calls: list[str] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def __call__(self, documents: Sequence[Document], options: Options) -> list[Reading]:
        self.calls.append(" ".join(document.text for document in documents))
        self.begun.set()
        assert self.go.wait(WAIT_S)
        if "bad" in self.calls[-1]:
            raise RuntimeError("broken")
        if "exit" in self.calls[-1]:
            raise SystemExit(3)
        if "short" in self.calls[-1]:
            return []
        return [Reading(document, None) for document in documents]


@dataclass
class Setting:
    """A queue whose model is busy with a first text."""

    model: Model
    queue: ReadingQueue
    first: Job

    def submit(self, *texts: str, types: Sequence[str] = ()) -> Job:
        options = Options.of(list(types), None)
        return self.queue.submit([Question(Document("1", text), options) for text in texts])

    def submit_and_go(self, text: str) -> Job:
        job = self.submit(text)
        self.model.go.set()
        return job

    def calls(self, *jobs: Job) -> list[str]:
        """The further calls of the model, when it may go on and the jobs are done."""
        self.model.go.set()
        for job in jobs:
            assert job.future.exception(WAIT_S) is None
        return self.model.calls[1:]


def texts(job: Job) -> list[str]:
    return [reading.document.text for reading in job.future.result(WAIT_S)]
