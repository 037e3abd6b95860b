"""Writes WebAnno TSV 3.3, which INCEpTION imports."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TextIO

from cascade.document import Document, Entity
from data_formats.annotation_tools.layers import NAMED_ENTITY, VALUE
from data_formats.annotation_tools.utf16 import Utf16Text
from data_formats.annotation_tools.webanno import FORMAT, SENTENCE_ID, SPANS, TEXT
from data_formats.annotation_tools.webanno_cells import NO_ANNOTATION, escaped_text, escaped_value
from data_formats.columns.tokens import column_tokens
from data_formats.identifiers import with_unique_ids
from data_formats.report import BLANK_EDGES, EMPTY_DOCUMENTS, ODD_TYPES, Report

Offsets = tuple[int, int]


def write_webanno_tsv(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes each document as one sentence with its id, below the others' texts in one file.

    Entities are values of DKPro's layer NamedEntity. Tokens are the document's own or those of its text; an entity that
    begins or ends inside a token is written on parts of it. Offsets are UTF-16 units of the whole file's text, in which
    a line break stands between documents. Entities that begin or end in white space, and documents without text, cannot
    be written and are counted.
    """
    stream.write(f"{FORMAT}3\n{SPANS}{NAMED_ENTITY}|{VALUE}\n\n")
    base, next_id = 0, 1
    number = 0
    for document in with_unique_ids(documents):
        report.lose_annotations(document, tokens=False)
        if not document.text:
            report.lose(EMPTY_DOCUMENTS, document.id)
            continue
        number += 1
        tokens = _tokens(document, report)
        cells, entities, next_id = _cells(document, tokens, next_id, report)
        offsets = Utf16Text(document.text)
        texts = "".join(f"{TEXT}{escaped_text(line)}\n" for line in document.text.split("\n"))
        rows = "".join(
            f"{number}-{name}\t{base + offsets.units(start)}-{base + offsets.units(end)}\t"
            f"{escaped_text(document.text[start:end])}\t{cells.get((start, end), NO_ANNOTATION)}\t\n"
            for name, start, end in _units(tokens, cells)
        )
        stream.write(f"\n{SENTENCE_ID}{escaped_text(document.id)}\n{texts}{rows}")
        base += offsets.length + 1
        report.wrote(entities)


def _tokens(document: Document, report: Report) -> list[Offsets]:
    """The tokens; the first begins at 0, as the sentence does, so white space before the first word is a token."""
    tokens = list(column_tokens(document, (), report, joined_so_far=None))
    if not tokens or tokens[0][0] > 0:
        tokens.insert(0, (0, tokens[0][0] if tokens else len(document.text)))
    return tokens


def _units(tokens: list[Offsets], cells: dict[Offsets, str]) -> Iterator[tuple[str, int, int]]:
    """The tokens and below each the parts of it that have cells, with their numbers."""
    parts = sorted(set(cells) - set(tokens))
    position = 0
    for number, (start, end) in enumerate(tokens, start=1):
        yield str(number), start, end
        part = 1
        while position < len(parts) and parts[position][0] < end:
            yield f"{number}.{part}", *parts[position]
            position, part = position + 1, part + 1


def _cells(
    document: Document, tokens: list[Offsets], next_id: int, report: Report
) -> tuple[dict[Offsets, str], int, int]:
    """The cells of tokens and parts with entities, the number of entities, and the next free id.

    Entities over several units, and those that share one, have an id in brackets.
    """
    starts, ends = ([token[side] for token in tokens] for side in (0, 1))
    placed: list[tuple[Entity, list[Offsets]]] = []
    for entity in document.entities:
        touched = tokens[bisect_right(ends, entity.start) : bisect_left(starts, entity.end)]
        covered = [(max(start, entity.start), min(end, entity.end)) for start, end in touched]
        if not covered or covered[0][0] != entity.start or covered[-1][1] != entity.end:
            report.lose_entity(BLANK_EDGES, document, entity)
        else:
            placed.append((entity, covered))
    shared = Counter(unit for _, units in placed for unit in units)
    stacks: dict[Offsets, list[str]] = {}
    for entity, units in placed:
        value = escaped_value(_type(entity, document, report))
        if len(units) > 1 or shared[units[0]] > 1:
            value, next_id = f"{value}[{next_id}]", next_id + 1
        for unit in units:
            stacks.setdefault(unit, []).append(value)
    return {unit: "|".join(stack) for unit, stack in stacks.items()}, len(placed), next_id


def _type(entity: Entity, document: Document, report: Report) -> str:
    """The type as a line can hold it: carriage returns, which have no escape in values, become blanks."""
    if "\r" in entity.type:
        report.lose_entity(ODD_TYPES, document, entity)
    return entity.type.replace("\r", " ")
