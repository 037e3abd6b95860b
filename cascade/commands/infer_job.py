"""Reads documents as a job: in shards, so that it goes on after it was cut off, with failed documents set aside."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain, groupby, islice
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from cascade.commands.exit_status import FAILED_DOCUMENTS, Terminated
from cascade.commands.infer_options import call_options
from cascade.commands.job_marks import asked_marks, file_marks, loaded_marks
from cascade.commands.job_options import SHARD
from cascade.commands.progress import Progress
from cascade.document import Document
from cascade.errors import CascadeError, DocumentError, FormatError, IntegrationError
from cascade.pipeline.counts import Counts
from cascade.pipeline.min_score import MinScore
from cascade.pipeline.settings import BATCH_SIZE
from cascade.taxonomy.tree import Taxonomy
from data_formats.identifiers import KnownIds
from data_formats.jobs.assembly import put_together
from data_formats.jobs.input_marks import input_marks
from data_formats.jobs.job_folder import JobFolder, opened_job
from data_formats.jobs.manifest import differences
from data_formats.jobs.shards import Shard
from data_formats.registry import Input
from data_formats.report import Failure, Report

if TYPE_CHECKING:
    from cascade.pipeline.facade import Cascade

Item = Document | Failure  # a document to read, or one that could not be read from its file


@dataclass(slots=True)
class InferJob:
    """A job of `infer.py`; resumed: documents that were done before. counts: of all its documents."""

    asked: argparse.Namespace
    paths: Sequence[str]
    taxonomy: Taxonomy | None
    folder: JobFolder
    target: str
    counts: Counts = field(default_factory=Counts)
    resumed: int = 0

    @property
    def _size(self) -> int:
        return min(self.asked.shard_size or SHARD, sys.maxsize)

    def run(
        self,
        cascade: Cascade,
        documents: Sequence[Iterator[Document]],
        reading: Report,
        progress: Progress,
        format: str,
    ) -> Report:
        """Reads the documents of each input that are not done yet, and puts the output in place; returns what was
        written to it.
        """
        with terminable(), self._noted():
            self.folder.begin(loaded_marks(cascade, exact=self.asked.exact))
            self.resumed, self.counts = self.folder.manifest.read, counts_of(self.folder.manifest.counts)
            self._check_failures(self.folder.manifest.failed)
            items = self._items(documents, reading)
            if sum(1 for _ in islice(items, self.resumed)) < self.resumed:
                raise FormatError(f"the inputs hold fewer documents than the {self.resumed:,} that were read before")
            results = progress.over(self._results(items, cascade), done=self.resumed)
            for first in results:
                with self.folder.shard() as shard:
                    for result in chain([first], islice(results, self._size - 1)):
                        self._add(result, shard)
                    shard.counts = asdict(self.counts)
            self._check_files()
            return put_together(self.folder, self.target, format)

    def told(self, say: Callable[[str], None]) -> int:
        """The exit status of a job that is done; says how many documents failed, and where they are."""
        failed = self.folder.manifest.failed
        if failed:
            say(f"note: {failed:,} documents failed; they are in {self.target}.failed.jsonl, each with its reason")
        return FAILED_DOCUMENTS if failed else 0

    def _items(self, documents: Sequence[Iterator[Document]], reading: Report) -> Iterator[tuple[int, Item]]:
        """The documents of all inputs, each with the number of its input; those that fail stand where they are."""
        waiting: list[Failure] = []
        reading.aside = waiting.append
        known, read = KnownIds(), 0
        for place, some in enumerate(documents):
            for document in some:
                while waiting:
                    yield place, waiting.pop(0)
                read += 1
                earlier = known.add(document.id, f"document {read}")
                failure = (
                    None if earlier is None else self._known_before(document.id, document.text, place, read, earlier)
                )
                yield place, document if failure is None else failure
            while waiting:
                yield place, waiting.pop(0)

    def _known_before(self, identifier: str, text: str, place: int, number: int, earlier: str) -> Failure:
        error = (
            f"document {number}: the document id {identifier!r} was used before, at {earlier}; expected each id once"
        )
        return Failure(f"{self.paths[place]}: document {number}", identifier, text, error)

    def _results(self, items: Iterator[tuple[int, Item]], cascade: Cascade) -> Iterator[Item]:
        """What is found in each document, in order; read ahead as far as `Cascade.stream` does, within a shard."""
        read = self.resumed
        while block := list(islice(items, min(BATCH_SIZE, self._size - read % self._size))):
            read += len(block)
            asked = [(place, item) for place, item in block if isinstance(item, Document)]
            # paragraphs do not go on from file to file
            groups = groupby(asked, lambda each: each[0] if self.asked.paragraphs else 0)
            found = (each for _, group in groups for each in self._read(list(group), cascade))
            yield from [item if isinstance(item, Failure) else next(found) for _, item in block]

    def _read(self, asked: Sequence[tuple[int, Document]], cascade: Cascade) -> list[Item]:
        """What is found in documents; where one of them cannot be read, each is read by itself."""
        try:
            return list(self._found([document for _, document in asked], cascade))
        except CascadeError as error:
            if type(error) not in (CascadeError, DocumentError):  # of the adapters or the base model, not of a text
                raise
            if len(asked) == 1:
                [(place, document)] = asked
                return [Failure(f"{self.paths[place]}: {document.id}", document.id, document.text, str(error))]
        return [result for each in asked for result in self._read([each], cascade)]

    def _found(self, documents: list[Document], cascade: Cascade) -> list[Document]:
        counts, asked = Counts(), self.asked
        found = cascade.stream(
            documents,
            self.taxonomy,
            paragraphs=asked.paragraphs,
            **call_options(asked),
            counts=counts,
        )
        results = list(found)
        self.counts.add(counts)
        return results

    def _add(self, result: Item, shard: Shard) -> None:
        shard.add(result)
        if isinstance(result, Failure):
            self._check_failures(self.folder.manifest.failed + len(shard.failures), result.error)

    def _check_failures(self, failed: int, error: str = "") -> None:
        most = self.asked.max_failures or 0
        if failed > most:
            told = f"{error.removesuffix('.')}; {failed:,} failed, and " if error else f"{failed:,} failed before, and "
            raise FormatError(
                f"{told}--max-failures is {most:,}. A larger number puts such documents into {self.target}.failed.jsonl"
            )

    def _check_files(self, marks_of: Callable[[Sequence[str]], dict[str, str]] = input_marks) -> None:
        """Raises FormatError if inputs or adapters were changed while the job read them."""
        now = file_marks(self.asked, self.paths, marks_of)
        before = {name: value for name, value in self.folder.asked.items() if name in now}
        if found := differences(before, now):
            raise FormatError(f"files were changed while the job read them: {found}; start anew with --restart")

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Notes on what ends the job where its results are."""
        try:
            yield
        except (CascadeError, KeyboardInterrupt) as error:
            if done := self.folder.manifest.read:
                # what is wrong with a cluster may be a text that kills what reads it, where it would not go on
                again = "" if isinstance(error, IntegrationError) else "; the same command goes on"
                error.add_note(f"{done:,} documents are done and kept in {self.folder.path}{again}")
            raise


@contextmanager
def opened_infer_job(
    asked: argparse.Namespace,
    inputs: Sequence[Input],
    taxonomy: Taxonomy | None,
    min_score: MinScore,
) -> Iterator[InferJob]:
    """The job that a command asks for, beside its output."""
    target = str(Path(asked.output).resolve())
    scores = min_score if isinstance(min_score, float | int) else dict(min_score)
    paths = [each.source.path for each in inputs]
    files = file_marks(asked, paths)
    marks = asked_marks(asked, files, taxonomy, min_score=scores, shard_size=asked.shard_size or SHARD)
    with opened_job(target, marks, restart=asked.restart) as folder:
        yield InferJob(asked, paths, taxonomy, folder, target)


def counts_of(kept: Mapping[str, Any]) -> Counts:
    """Counts as a manifest holds them."""
    values: dict[str, Any] = {name: Counter(each) if isinstance(each, dict) else each for name, each in kept.items()}
    return Counts(**values)


@contextmanager
def terminable() -> Iterator[None]:
    """While it is open, SIGTERM ends the command as an interruption does, so that it tells where its results are."""

    def end(number: int, frame: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
