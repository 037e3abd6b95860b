"""What reads in actors of Ray in the tests; imported there, so that it imports little."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from cascade.document import Document, Entity
from cascade.errors import DocumentError
from cascade.pipeline.counts import Counts

REFUSED = "too long"  # a text that cannot be read
FATAL = "kills"  # a text at which the process is killed, once
ALWAYS_FATAL = "kills always"


class FirstWords:
    """Finds the first word of each text, and notes which documents it read in a file."""

    min_score = 0.3

    def __init__(self, notes: Path) -> None:
        self.counts, self._notes = Counts(), notes

    def fresh(self) -> FirstWords:
        return FirstWords(self._notes)

    def stream(self, documents: Sequence[Document], *_: object, **__: object) -> Iterator[Document]:
        for document in documents:
            if document.text == REFUSED:
                raise DocumentError("the text is too long; expected less")
            killed = self._notes.with_suffix(".killed")
            if document.text == ALWAYS_FATAL or (document.text == FATAL and not killed.exists()):
                with killed.open("a", encoding="utf-8") as file:
                    file.write(f"{os.getpid()}\n")
                os.kill(os.getpid(), signal.SIGKILL)
            with self._notes.open("a", encoding="utf-8") as file:
                file.write(f"{document.id} {os.getpid()}\n")
            self.counts.documents += 1
            self.counts.rejected += 1
            first = document.text.split(" ")[0]
            yield document.with_entities([Entity(0, len(first), "person", 0.5)] if first else [])


def load(asked: Any, min_score: object, say: object) -> FirstWords:
    """What actors load; the notes are beside the output."""
    return FirstWords(Path(asked.output.removeprefix("file://")).with_suffix(".notes"))


def load_what_is_missing(asked: Any, min_score: object, say: object) -> FirstWords:
    """An actor whose model is not there."""
    raise ValueError("no model here.\nIts folder is empty.")


def marks(asked: Any, cascade: object) -> dict[str, str]:
    """What has to be the same in all actors."""
    return {"base model": "v2:00"}


def noted(out: Path) -> list[tuple[str, str]]:
    """The documents that were read, each with the process that read it."""
    lines = out.with_suffix(".notes").read_text(encoding="utf-8").splitlines()
    return [(line.split()[0], line.split()[1]) for line in lines]


def served() -> Any:
    """The application of a replica, whose model finds words with capital letters."""
    from served import FakeCascade

    from cascade import Cascade
    from cascade.serving.application import application
    from cascade.serving.http_server import access_of

    return application(cast(Cascade, FakeCascade()), access=access_of("127.0.0.1", None))
