"""Where marks open and close in a text, for entities that nest, touch, repeat or cross."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Protocol


class Marked(Protocol):
    """What can be marked in a text: an `Entity`, or what has its values."""

    @property
    def start(self) -> int:
        """As in `Entity`."""

    @property
    def end(self) -> int:
        """As in `Entity`."""

    @property
    def type(self) -> str:
        """As in `Entity`."""

    @property
    def score(self) -> float | None:
        """As in `Entity`."""

    @property
    def unsure(self) -> bool:
        """As in `Entity`."""

    @property
    def alternatives(self) -> tuple[tuple[str, float], ...]:
        """As in `Entity`."""


class Shown(Protocol):
    """What can be shown: a `Document`.  This module may not import it, because documents show themselves."""

    @property
    def id(self) -> str:
        """As in `Document`."""

    @property
    def text(self) -> str:
        """As in `Document`."""

    @property
    def language(self) -> str | None:
        """As in `Document`."""

    @property
    def entities(self) -> Sequence[Marked]:
        """As in `Document`."""

    @property
    def adapters(self) -> tuple[str, ...]:
        """As in `Document`."""


def facts(document: Shown) -> list[str]:
    """What is told about a document above its text: its id, and its language and adapters where they are known."""
    return [document.id, *([document.language] if document.language else []), *document.adapters]


@dataclass(frozen=True, slots=True)
class Opening:
    """A mark opens here; begins: with the entity's own start; ends: it will close at the entity's own end.

    Of two entities that cross, the later one is shown in two pieces: one inside the earlier mark, one behind it.
    """

    entity: Marked
    begins: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class Closing:
    """The innermost open mark closes here."""

    entity: Marked
    ends: bool


Step = str | Opening | Closing


def steps(text: str, entities: Iterable[Marked]) -> Iterator[Step]:
    """The text in pieces, none empty, with what opens and closes between them; marks nest like brackets.

    Longer entities stand outside, and of equal spans the one that is given first. Nothing recurses, so that any depth
    can be shown.
    """
    waiting = [(entity.start, -entity.end, order, entity) for order, entity in enumerate(entities)]
    heapify(waiting)
    open_ends: list[int] = []
    open_marks: list[Opening] = []
    position = 0

    def close_until(place: int) -> Iterator[Step]:
        nonlocal position
        while open_ends and open_ends[-1] <= place:
            end, mark = open_ends.pop(), open_marks.pop()
            if end > position:
                yield text[position:end]
                position = end
            yield Closing(mark.entity, mark.ends)

    while waiting:
        start, negative_end, order, entity = heappop(waiting)
        end = -negative_end
        yield from close_until(start)
        if open_ends and end > open_ends[-1]:  # it crosses the innermost mark: the rest opens anew behind that
            heappush(waiting, (open_ends[-1], -end, order, entity))
            end = open_ends[-1]
        if start > position:
            yield text[position:start]
            position = start
        open_ends.append(end)
        open_marks.append(Opening(entity, begins=start == entity.start, ends=end == entity.end))
        yield open_marks[-1]
    yield from close_until(len(text))
    if position < len(text):
        yield text[position:]
