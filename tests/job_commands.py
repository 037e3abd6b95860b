"""`infer.py` as a job with a cascade that loads nothing and finds the first word of each text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from cascade.commands import infer as infer_command
from cascade.commands import job_marks
from cascade.document import Document, Entity
from cascade.errors import CascadeError, DocumentError
from cascade.pipeline.counts import Counts


class FirstWords:
    """Stands in for the cascade: each text's first word is an entity, and `refused` texts cannot be read.

    read: the ids of the documents that were read, in order. before: called with each document.
    """

    def __init__(self) -> None:
        self.counts = Counts()
        self.base = SimpleNamespace(fingerprint="v2:00", device=SimpleNamespace(type="cpu"))
        self.min_score = 0.3
        self.read: list[str] = []
        self.refused: dict[str, CascadeError] = {}
        self.before: Callable[[Document], None] = lambda document: None

    def load(self, *_: object, **__: object) -> FirstWords:
        return self

    def stream(
        self, documents: Iterable[Document], *_: object, counts: Counts | None = None, **asked: object
    ) -> Iterator[Document]:
        for document in documents:
            self.before(document)
            if document.text in self.refused:
                raise self.refused[document.text]
            self.read.append(document.id)
            if counts is not None:
                counts.documents += 1
                counts.rejected += 1
            first = document.text.split(" ")[0]
            yield document.with_entities([Entity(0, len(first), "person", 0.5)] if first else [])


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> FirstWords:
    """The cascade that `infer.py` loads."""
    fake, module = FirstWords(), ModuleType("cascade.pipeline.facade")
    module.__dict__["Cascade"] = fake
    monkeypatch.setitem(sys.modules, "cascade.pipeline.facade", module)
    monkeypatch.setattr(infer_command, "self_check", lambda *_, **__: None)
    monkeypatch.setattr(job_marks, "circumstances", lambda _: {"precision": "int8", "processor": "x86"})
    return fake


class Job:
    """A command line in a folder with an input of numbered documents."""

    def __init__(self, folder: Path, count: int = 10) -> None:
        self.folder, self.out = folder, folder / "out.jsonl"
        self.input = folder / "in.jsonl"
        self.input.write_text(lines_of(range(count)), encoding="utf-8")

    def __call__(self, *options: str) -> int:
        return infer_command.main([str(self.input), "-o", str(self.out), "--job", "--shard-size", "2", *options])

    @property
    def kept(self) -> list[str]:
        """The names in the job's folder, in order; empty where there is none."""
        folder = self.folder / "out.jsonl.job"
        return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def job(tmp_path: Path, words: FirstWords) -> Job:
    """A job of ten documents in five shards."""
    return Job(tmp_path)


def lines_of(numbers: Iterable[int]) -> str:
    """Input lines of numbered documents."""
    return "".join(f'{{"id": "d{number}", "text": "Ada {number}", "entities": []}}\n' for number in numbers)


def results_of(numbers: Iterable[int]) -> str:
    """The output of numbered documents, as a command writes it that nobody disturbs."""
    return "".join(
        f'{{"id": "d{number}", "text": "Ada {number}", "language": null, "entities": [{{"start": 0, "end": 3, "text": '
        f'"Ada", "type": "person", "score": 0.5}}]}}\n'
        for number in numbers
    )


class CutOff(BaseException):
    """The process ends here, as if it was killed."""


def cut_at(word: str) -> Callable[[Document], None]:
    """What ends the process at the document with this text."""

    def check(document: Document) -> None:
        if document.text == word:
            raise CutOff

    return check


TOO_LONG = DocumentError("the text is too long; expected less")
