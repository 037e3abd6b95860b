"""Document ids: each may occur once in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cascade.document import Document
from cascade.errors import FormatError


class SeenIds:
    """The ids seen so far, with their places; takes a few hundred bytes for each id."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def add(self, identifier: str, where: str) -> None:
        """Records an id; raises FormatError if it was seen before."""
        if identifier in self._places:
            raise FormatError(
                f"{where}: the document id {identifier!r} was used before, at {self._places[identifier]}; expected "
                "each id once"
            )
        self._places[identifier] = where


def with_unique_ids(documents: Iterable[Document]) -> Iterator[Document]:
    """The same documents; raises FormatError at the first repeated id."""
    seen = SeenIds()
    for number, document in enumerate(documents, start=1):
        seen.add(document.id, f"document {number}")
        yield document


def line_id(number: int) -> str:
    """The id of a document whose file gives it none: the line where it starts."""
    return f"line-{number}"
