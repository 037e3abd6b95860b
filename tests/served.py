"""A server in this process with a model that finds what tests expect, and clients that ask it over real sockets."""

from __future__ import annotations

import copy
import http.client
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from cascade import Cascade, Document, Entity, Taxonomy
from cascade.errors import AdapterError
from cascade.languages.identification import language_code, named_language
from cascade.pipeline.counts import Counts
from cascade.serving.application import application
from cascade.serving.gatekeeper import Access
from cascade.serving.http_server import Server, access_of, taken_port
from cascade.serving.limits import Limits
from cascade.taxonomy.parsing import as_taxonomy

WAIT_S = 30


@dataclass
class FakeCascade:
    """Finds every word with a capital letter; the types asked for take turns.

    calls: the texts of each call.  go: while it is not set, calls wait.  reading: set when a call has begun.
    A text with "fails" in it makes the call fail.
    """

    calls: list[list[str]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    reading: threading.Event = field(default_factory=threading.Event)
    languages: Sequence[str] = ("de", "en")
    adapters: Sequence[str] = ("one/classifier", "one/extractor")
    trained_types: Sequence[str] = ("person",)
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self.go.set()

    def fresh(self) -> FakeCascade:
        other = copy.copy(self)
        other.counts = Counts()
        return other

    def language_of(self, text: str) -> str | None:
        return "de" if "ü" in text else None

    def stream(
        self, documents: Iterable[Document], types: Any = None, *, language: str | None = None, **options: Any
    ) -> Iterator[Document]:
        named_language(language)
        if options.get("depth", 1) > 2:
            raise AdapterError("one/extractor: was trained for 2 layers")
        taxonomy = as_taxonomy(["person", "organization", "location"] if types is None else types)
        return self._found(list(documents), taxonomy, {"types": types, **options})

    def _found(self, documents: list[Document], taxonomy: Taxonomy, options: dict[str, Any]) -> Iterator[Document]:
        self.calls.append([document.text for document in documents])
        self.asked.append(options)
        self.reading.set()
        assert self.go.wait(WAIT_S)
        if any("fails" in document.text for document in documents):
            raise RuntimeError("no such\nmatrix")
        names = [label for path, label in taxonomy.labels().items() if len(path) == 1]
        for document in documents:
            if document.language and language_code(document.language) not in self.languages:
                self.counts.untrained[document.language] += 1
            yield document.with_entities(_capitals(document.text, names, options), self.adapters)


def _capitals(text: str, names: Sequence[str], options: Mapping[str, Any]) -> Iterator[Entity]:
    at, number = 0, 0
    for word in text.split(" "):
        if word[:1].isupper():
            kind = names[number % len(names)]
            others = ((kind, 0.75), ("other", 0.25))[: options.get("top_k") or 0]
            yield Entity(at, at + len(word.rstrip(".")), kind, 0.75, others)
            number += 1
        at += len(word) + 1


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status, its headers in small letters, its body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A running server: where it is, and what asks it."""

    host: str
    port: int
    server: Server

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, self.port, timeout=WAIT_S)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = self.connection()
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, value: Any, **headers: str) -> Answer:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.ask("POST", path, body, {"Content-Type": "application/json", **headers})

    def entities(self, **asked: Any) -> Answer:
        return self.post("/v1/entities", asked)

    def figure(self, name: str) -> float:
        """A figure of `/metrics`."""
        lines = self.get("/metrics").body.decode().splitlines()
        [value] = [line.rpartition(" ")[2] for line in lines if line.startswith(f"{name} ")]
        return float(value)


@contextmanager
def served(
    ner: FakeCascade | Cascade, *, limits: Limits | None = None, access: Access | None = None
) -> Iterator[Served]:
    """A server on a free port, which ends with the block."""
    limits = limits or Limits(wait_s=0)
    app = application(cast("Cascade", ner), limits=limits, access=access or access_of("127.0.0.1", None))
    up = threading.Event()
    listening = taken_port("127.0.0.1", 0)
    server = Server(app, limits, up.set)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    assert up.wait(WAIT_S)
    try:
        yield Served("127.0.0.1", listening.getsockname()[1], server)
    finally:
        if isinstance(ner, FakeCascade):
            ner.go.set()
        server.should_exit = True
        thread.join(WAIT_S)
        listening.close()
    assert not thread.is_alive()
