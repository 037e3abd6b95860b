"""A job whose documents are read elsewhere, in parts of files: results are kept in shards of whole parts, in order."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

from cascade.commands.infer_job import InferJob, counts_of, terminable
from cascade.commands.progress import Progress
from cascade.errors import FormatError
from cascade.scale.part_reader import Found, PartResult
from data_formats.identifiers import KnownIds
from data_formats.jobs.assembly import put_together
from data_formats.jobs.manifest import differences
from data_formats.report import Failure, Report
from data_formats.several_inputs import EMPTY_INPUTS

_DONE = "parts done"  # in the counts of a manifest: the number of the last file, and its first line that is not done


@dataclass(slots=True)
class PartsJob(InferJob):
    """A job of `infer --ray`. said: lines of actors that were told. time: when the first part was begun and the last
    one done; equal where none was.
    """

    said: set[str] = field(default_factory=set)
    time: tuple[float, float] = (0.0, 0.0)
    _known: KnownIds = field(default_factory=KnownIds)  # ids as results have them
    _places: KnownIds = field(default_factory=KnownIds)  # the file of each id
    _taken: int = 0  # documents that were taken from the inputs, those that were done before too
    _done: tuple[int, int] = (0, 0)

    def done(self) -> dict[str, float]:
        """By file, the first line or row that is not done yet."""
        place, first = self.folder.manifest.counts.get(_DONE, (0, 0))
        return {path: float("inf") if number < place else first for number, path in enumerate(self.paths[: place + 1])}

    def run_parts(
        self,
        results: Callable[[], Generator[PartResult, None, None]],
        reading: Report,
        progress: Progress,
        format: str,
        *,
        marks_of: Callable[[Sequence[str]], dict[str, str]],
        say: Callable[[str], None],
    ) -> Report:
        """Keeps the results of parts, and puts the output in place; returns what was written to it.

        marks_of: makes marks of inputs, to see at the end whether they were changed. say: told what actors say.
        """
        manifest = self.folder.manifest
        self.resumed = manifest.read
        self.counts = counts_of({name: value for name, value in manifest.counts.items() if name != _DONE})
        with terminable(), self._noted():
            self._check_failures(manifest.failed)
            with closing(results()) as parts:
                waiting: list[Found | Failure] = []
                for item, ends_part in progress.over(self._parts(parts, reading, say), done=self.resumed):
                    waiting.append(item)
                    if ends_part and len(waiting) >= self._size:
                        self._keep(waiting)
                        waiting = []
                if waiting:
                    self._keep(waiting)
            if self.folder.loaded is None:  # there was no document
                self.folder.begin({})
            self._check_files(marks_of)
            return put_together(self.folder, self.target, format)

    def _keep(self, items: Sequence[Found | Failure]) -> None:
        """Makes a shard of results."""
        with self.folder.shard() as shard:
            for item in items:
                if isinstance(item, Failure):
                    shard.add(item)
                    self._check_failures(self.folder.manifest.failed + len(shard.failures), item.error)
                else:
                    shard.add_line(item.line, item.entities)
            shard.counts = {**asdict(self.counts), _DONE: self._done}

    def _parts(
        self, parts: Iterator[PartResult], reading: Report, say: Callable[[str], None]
    ) -> Iterator[tuple[Found | Failure, bool]]:
        """The documents that were not done before, each with whether it is the last of its part."""
        numbers = {path: number for number, path in enumerate(self.paths)}
        empty = set(self.paths)
        marks: Mapping[str, Any] | None = None
        for part in parts:
            part.tell(reading)
            items = [self._named(each, part.name, numbers[part.name]) for each in part.items]
            if items:
                empty.discard(part.name)
            if part.done:
                continue
            for line in part.said:
                if line not in self.said:
                    self.said.add(line)
                    say(line)
            if marks is None:
                before = self._taken - len(items)
                if before != self.resumed:
                    raise FormatError(f"the inputs hold {before:,} documents where {self.resumed:,} were read before")
                marks = part.marks
                self.folder.begin(marks)
            elif found := differences(marks, part.marks):
                told = found.replace(" in the job", " in one").replace(" now", " in another")
                raise FormatError(
                    f"actors do not read with the same: {told}; expected the same versions, adapters and base model on "
                    "all machines"
                )
            began, ended = part.time
            self.time = (min(began, self.time[0] or began), max(ended, self.time[1]))
            for counts in part.counts:
                self.counts.add(counts_of(counts))
            self._done = (numbers[part.name], part.next)
            for place, item in enumerate(items, start=1):
                yield item, place == len(items)
        for path in sorted(empty, key=numbers.__getitem__):
            reading.lose(EMPTY_INPUTS, path)

    def _named(self, item: Found | Failure, path: str, place: int) -> Found | Failure:
        """The document by an id that no other has: where an earlier file has it, the file's name or path in front."""
        self._taken += 1
        if isinstance(item, Failure):
            return item
        candidates = (item.id, f"{os.path.basename(path)}:{item.id}", f"{path}:{item.id}")
        free = (each for each in candidates if self._places.noted(each) in (None, str(place)))
        identifier = next(free, candidates[-1])
        if place < len(self.paths) - 1:
            self._places.add(identifier, str(place))
        earlier = self._known.add(identifier, f"document {self._taken}")
        if earlier is not None:
            text = json.loads(item.line)["text"]
            return self._known_before(identifier, text, place, self._taken, earlier)
        if identifier == item.id:
            return item
        line = json.dumps({**json.loads(item.line), "id": identifier}, ensure_ascii=False) + "\n"
        return Found(identifier, line, item.entities)
