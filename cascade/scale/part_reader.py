"""Reads parts of files with a cascade, as an actor that Ray may start anywhere: a part in, a message of results out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from cascade import CascadeError, Document
from cascade.errors import DocumentError
from data_formats.file_parts import FilePart, parts_of
from data_formats.json_lines import to_object
from data_formats.read_options import ReadOptions
from data_formats.report import Failure, Report

if TYPE_CHECKING:
    from cascade import Cascade

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """How parts are read, the same for all actors.

    load: makes the cascade; called once an actor, when its first part is there. marks: what has to be the same in all
    actors, by name. options: of each format's reader. done: by file, the first line or row that is not done yet; parts
    before it are read without a model, so that their ids are known.
    """

    load: Callable[[Say], Cascade]
    marks: Callable[[Cascade], Mapping[str, Any]]
    options: Mapping[str, ReadOptions]
    types: Any = None
    language: str | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    done: Mapping[str, float] = field(default_factory=dict)


def rows_of(file: BinaryIO, name: str, format: str, size: int) -> Iterator[dict[str, Any]]:
    """The parts of a file that is open, each as the columns that `PartReader` takes; a fault in it is the last row."""
    try:
        for part in parts_of(file, name, format, size):
            values = {"content": part.content, "first": part.first, "offset": part.offset, "error": ""}
            yield {"name": name, "format": format, **values}
    except CascadeError as error:
        yield {"name": name, "format": format, "content": [], "first": 0, "offset": 0, "error": str(error)}


class PartReader:
    """The actor: called with the columns of a part, it gives a message of what was found, for `PartResult` to read.

    What goes wrong is a message too, so that it ends the job with one line and is not tried again.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._said: list[str] = []
        self._ner: Cascade | None = None
        self._marks: Mapping[str, Any] = {}

    def __call__(self, row: Mapping[str, Any]) -> dict[str, str]:
        """The message of one part."""
        try:
            if row["error"]:
                raise CascadeError(row["error"])
            part = FilePart(row["name"], row["format"], row["first"], row["offset"], row["content"])
            return {"message": json.dumps(self._message(part))}
        except CascadeError as error:
            notes = getattr(error, "__notes__", [])
            return {"message": json.dumps({"error": "; ".join([str(error), *notes])})}

    def _message(self, part: FilePart) -> dict[str, Any]:
        reading = self._reading
        items, report = part.read(reading.options[part.format], reading.language)
        counts: list[dict[str, Any]] = []
        ner = None
        is_done = part.first < reading.done.get(part.name, 0)
        if not is_done:
            ner = self._loaded()
        began = time.time()
        if ner is not None:
            found = iter(self._found([each for each in items if isinstance(each, Document)], part.name, ner, counts))
            items = [each if isinstance(each, Failure) else next(found) for each in items]
        return {
            "name": part.name,
            "next": part.first + (len(items) if part.format == "parquet" else len(part.content)),
            "done": is_done,
            "items": [_item(each) for each in items],
            "losses": {kind: [count, report.first[kind]] for kind, count in report.losses.items()},
            "counts": counts,
            "time": [began, time.time()],
            "marks": dict(self._marks),
            "said": self._said,
        }

    def _loaded(self) -> Cascade:
        if self._ner is None:
            self._ner = self._reading.load(self._said.append)
            self._marks = self._reading.marks(self._ner)
        return self._ner

    def _found(
        self, documents: Sequence[Document], name: str, ner: Cascade, counts: list[dict[str, Any]]
    ) -> list[Document | Failure]:
        """What is found in documents; where one of them cannot be read, each is read by itself."""
        here = ner.fresh()  # which counts this call alone
        try:
            found = list(here.stream(list(documents), self._reading.types, **self._reading.asked))
        except CascadeError as error:
            if type(error) not in (CascadeError, DocumentError):  # of the adapters or the base model, not of a text
                raise
            if len(documents) == 1:
                [document] = documents
                return [Failure(f"{name}: {document.id}", document.id, document.text, str(error))]
            return [result for each in documents for result in self._found([each], name, ner, counts)]
        counts.append(asdict(here.counts))
        return list(found)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a document: its id, its line of JSON and how many entities it holds."""

    id: str
    line: str
    entities: int


@dataclass(frozen=True, slots=True)
class PartResult:
    """A part's results: of its file by name, whether it was done before, its documents, and what was lost and counted.

    next: the number of the line or row behind it. time: when its reading began, the model being loaded, and ended.
    """

    name: str
    next: int
    time: tuple[float, float]
    done: bool
    items: list[Found | Failure]
    losses: Mapping[str, tuple[int, str]]
    counts: list[dict[str, Any]]
    marks: Mapping[str, Any]
    said: list[str]

    @classmethod
    def of(cls, message: str) -> PartResult:
        """The results that an actor's message holds; raises CascadeError for what went wrong there."""
        values: dict[str, Any] = json.loads(message)
        if "error" in values:
            raise CascadeError(values["error"])
        items = [Failure(**each) if "error" in each else Found(**each) for each in values.pop("items")]
        losses = {kind: (count, first) for kind, (count, first) in values.pop("losses").items()}
        return cls(items=items, losses=losses, **values)

    def tell(self, report: Report) -> None:
        """Adds what was lost to a report."""
        for kind, (count, first) in self.losses.items():
            report.lose(kind, first, count)


def _item(result: Document | Failure) -> dict[str, Any]:
    if isinstance(result, Failure):
        return asdict(result)
    line = json.dumps(to_object(result), ensure_ascii=False) + "\n"
    return {"id": result.id, "line": line, "entities": len(result.entities)}
