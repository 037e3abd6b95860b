"""Shards: the results of some documents each, as JSON lines, with those that failed in a file beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any, BinaryIO

from cascade.document import Document
from cascade.errors import FormatError
from data_formats.jobs.durable_files import durable_file, write_durably
from data_formats.jobs.manifest import Manifest, chained
from data_formats.json_lines import to_object
from data_formats.report import Failure


@dataclass(slots=True)
class Shard:
    """A shard that is being written; counts: of the whole job with this shard, as the manifest is to hold them."""

    file: BinaryIO
    counts: Mapping[str, Any] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    written: int = 0
    entities: int = 0
    _digest: Any = field(default_factory=sha256)

    @staticmethod
    def names(number: int) -> tuple[str, str]:
        """The names of a shard's two files; the second is there if documents failed."""
        return f"{number:09}.jsonl", f"{number:09}.failed.jsonl"

    @classmethod
    @contextmanager
    def opened(cls, folder: str, number: int) -> Iterator[Shard]:
        """A shard whose files are on the disk when the block succeeds."""
        results, failed = (os.path.join(folder, name) for name in cls.names(number))
        with durable_file(results) as file:
            shard = cls(file)
            yield shard
            if shard.failures:
                write_durably(failed, shard._failed())

    def add(self, result: Document | Failure) -> None:
        """Adds a result, or a document that failed."""
        if isinstance(result, Failure):
            self.failures.append(result)
            return
        self.add_line(json.dumps(to_object(result), ensure_ascii=False) + "\n", len(result.entities))

    def add_line(self, line: str, entities: int) -> None:
        """Adds a result as the line that it is kept as, with the number of its entities."""
        content = line.encode()
        self._digest.update(content)
        self.file.write(content)
        self.written += 1
        self.entities += entities

    def added_to(self, manifest: Manifest) -> Manifest:
        """What is done with this shard."""
        return replace(
            manifest,
            shards=manifest.shards + 1,
            read=manifest.read + self.written + len(self.failures),
            written=manifest.written + self.written,
            entities=manifest.entities + self.entities,
            failed=manifest.failed + len(self.failures),
            chain=chained(manifest.chain, self._digest.hexdigest(), sha256(self._failed()).hexdigest()),
            counts=self.counts,
        )

    def _failed(self) -> bytes:
        lines = (json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in self.failures)
        return "".join(lines).encode("utf-8", "backslashreplace")  # a lone surrogate becomes JSON's escape of it


def result_lines(folder: str, manifest: Manifest) -> Iterator[str]:
    """The lines of all results, in order; raises FormatError, behind the last one, where shards were changed."""
    chain = ""
    for number in range(manifest.shards):
        results, failed = (os.path.join(folder, name) for name in Shard.names(number))
        digest, digest_of_failed = sha256(), sha256()
        for line in _lines(results):
            digest.update(line)
            yield line.decode()
        with suppress(FileNotFoundError), open(failed, "rb") as file:
            digest_of_failed.update(file.read())
        chain = chained(chain, digest.hexdigest(), digest_of_failed.hexdigest())
    if chain != manifest.chain:
        raise FormatError(f"{folder}: its shards are not as they were written; start anew with --restart")


def failed_lines(folder: str, manifest: Manifest) -> Iterator[str]:
    """The lines of all documents that failed, in order."""
    for number in range(manifest.shards):
        place = os.path.join(folder, Shard.names(number)[1])
        if os.path.exists(place):
            yield from (line.decode() for line in _lines(place))


def _lines(path: str) -> Iterator[bytes]:
    try:
        with open(path, "rb") as file:
            yield from file
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror}; start anew with --restart") from error
