"""What is known of inputs before the work begins: whether there is a document at all, and how many there are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain

from cascade.document import Document
from cascade.errors import CascadeError
from data_formats.registry import Input


def with_a_document(inputs: Sequence[Iterator[Document]]) -> tuple[list[Iterator[Document]], bool]:
    """The documents of each input, to be read as before, and whether there are any.

    Reads up to the first document, so that a fault before it is told before a model is loaded.
    """
    for place, documents in enumerate(inputs):
        first = next(documents, None)
        if first is not None:
            return [*inputs[:place], chain([first], documents), *inputs[place + 1 :]], True
    return list(inputs), False


def number_of_documents(inputs: Sequence[Input], options: dict[str, object]) -> int | None:
    """How many documents the inputs have, by reading them once more; None where that cannot be done.

    Reading takes a thousandth of the time that a model takes. A fault is told when the work reaches it.
    """
    if not all(os.path.isfile(each.source.path) for each in inputs):
        return None  # what is piped in can be read once
    try:
        return sum(1 for each in inputs for _ in each.texts(each.format.taken(options)))
    except CascadeError:
        return None


def telling_of_others(inputs: Sequence[Iterator[Document]]) -> list[Iterator[Document]]:
    """The documents of each input; a fault in one of several says what is known of the others."""
    return [_telling(documents, place, len(inputs)) for place, documents in enumerate(inputs)]


def _telling(documents: Iterator[Document], place: int, count: int) -> Iterator[Document]:
    try:
        yield from documents
    except CascadeError as error:
        if count > 1:
            error.add_note(f"of {count} inputs, {place} were read before this one and {count - place - 1} not yet")
        raise
