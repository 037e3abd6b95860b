"""What is known of inputs before the work begins: whether there is a document at all, and how many there are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain

from cascade.document import Document
from cascade.errors import CascadeError
from data_formats.registry import Input
from data_formats.report import Report
from data_formats.several_inputs import EMPTY_INPUTS

_MOST_NAMED = 5  # inputs in a warning


def with_a_document(inputs: Sequence[Iterator[Document]]) -> tuple[list[Iterator[Document]], bool]:
    """The documents of each input, to be read as before, and whether there are any.

    Reads up to the first document, so that a fault before it is told before a model is loaded.
    """
    for place, documents in enumerate(inputs):
        first = next(documents, None)
        if first is not None:
            return [*inputs[:place], chain([first], documents), *inputs[place + 1 :]], True
    return list(inputs), False


def nothing_to_read(inputs: Sequence[Input], reading: Report, *, quiet: bool) -> Iterator[str]:
    """What is told where the inputs hold no document: a warning, and notes on what could not be read unless `quiet`."""
    names = ", ".join(each.source.name for each in inputs[:_MOST_NAMED])
    yield (
        f"warning: {names}{' and others' if len(inputs) > _MOST_NAMED else ''}: no document to read; the output has "
        "none"
    )
    for line in () if quiet else reading.lines():
        if not line.startswith(EMPTY_INPUTS):  # told already
            yield f"note: reading: {line}"


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


def share_read(inputs: Sequence[Input]) -> float | None:
    """The part of the inputs' bytes that was read, within 0..1; None where that is not known, as of what is piped in.

    Costs nothing beside reading, unlike `number_of_documents`: for work that takes no longer than reading does.
    """
    paths = [each.source.path for each in inputs]
    if not all(map(os.path.isfile, paths)):
        return None
    read = [each.source.bytes_read for each in inputs]
    whole = sum(map(os.path.getsize, paths))
    return sum(each or 0 for each in read) / whole if whole and read[0] is not None else None


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
