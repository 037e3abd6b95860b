"""What is fuzzed: a surface takes bytes, refuses them as it promises or gives a result that keeps its invariants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cascade.document import Document
from cascade.errors import CascadeError


class BrokenPromise(Exception):
    """A result breaks an invariant."""


@dataclass(frozen=True, slots=True)
class Surface:
    """A surface: its name, its check, inputs to begin with, and words that its inputs are made of.

    check: returns whether the input was accepted; raises BrokenPromise, or lets an exception through, for a find.
    """

    name: str
    check: Callable[[bytes], bool]
    seeds: Callable[[], Sequence[bytes]]
    words: Sequence[bytes] = ()


def promise(kept: bool, what: str) -> None:
    """Raises BrokenPromise unless the promise is kept."""
    if not kept:
        raise BrokenPromise(what)


def check_error(error: CascadeError) -> None:
    """An error's message is one line of text that can be printed."""
    told = str(error)
    promise(bool(told.strip()), "an error says nothing")
    promise("\n" not in told and "\r" not in told, f"an error has several lines: {told[:200]!r}")
    promise(len(told) < 20_000, f"an error has {len(told):,} characters: {told[:200]!r}")
    told.encode("utf-8", "backslashreplace")


def check_document(document: Document) -> None:
    """A document's offsets are exact, its values legal, and it can be written."""
    text, last = document.text, (0, 0, "")
    promise(bool(document.id), "a document without an id")
    for entity in document.entities:
        promise(0 <= entity.start < entity.end <= len(text), f"offsets {entity.start}..{entity.end} of {len(text)}")
        promise(entity.text == text[entity.start : entity.end], "the entity's text is not the text at its offsets")
        promise(bool(entity.type.strip()), "an entity without a type")
        promise(entity.score is None or 0 <= entity.score <= 1, f"the score {entity.score!r}")
        place = (entity.start, entity.end, entity.type)
        promise(last <= place, "entities out of order")
        last = place
    end = 0
    for start, stop in document.tokens or ():
        promise(end <= start < stop <= len(text), "tokens out of order or out of the text")
        end = stop
    told = json.dumps(document.to_dict(), ensure_ascii=False, allow_nan=False)
    promise("\n" not in told, "a document of several lines")
    told.encode("utf-8")


def check_lines(lines: Iterable[str]) -> None:
    """Notes are single lines that can be printed."""
    for line in lines:
        promise("\n" not in line and "\r" not in line, f"a note has several lines: {line[:200]!r}")


def refused(work: Callable[[], object]) -> bool:
    """Runs the work; whether it was refused with one of the project's own errors."""
    try:
        work()
    except CascadeError as error:
        check_error(error)
        return True
    return False
