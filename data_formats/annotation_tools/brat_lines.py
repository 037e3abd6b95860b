"""The lines of brat's standoff files: text-bound annotations, and those that refer to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.json_fields import entity_at
from data_formats.annotation_tools.losses import (
    ATTRIBUTES,
    DISCONTINUOUS,
    EDGE_BREAKS,
    EMPTY_SPANS,
    EVENTS,
    JOINED_FRAGMENTS,
    NORMALISATIONS,
    NOTES,
    RELATIONS,
    TRIGGERS,
)
from data_formats.json_values import shown
from data_formats.report import Report

# By the first letter of a line's id. `*` is an equivalence, which relates entities; M is an attribute of older files.
_KINDS = {
    "R": RELATIONS,
    "*": RELATIONS,
    "E": EVENTS,
    "A": ATTRIBUTES,
    "M": ATTRIBUTES,
    "N": NORMALISATIONS,
    "#": NOTES,
}
_OFFSETS = r"[0-9]{1,12} [0-9]{1,12}"
_SPANS = re.compile(rf"(\S+) ({_OFFSETS}(?:;{_OFFSETS})*) *")
# A span is cut into fragments where a line of a text ends. brat does so at "\n"; its reader of .ann files ends lines at
# the others as well, so that they cannot stand in one.
BREAKS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_EXPECTED = "ID, type and offsets, and text, with tabs between them, such as 'T1<tab>Person 0 3<tab>Ada'"


class TextBound(NamedTuple):
    """A text-bound annotation: its place in the file, id, type, fragments and stated text (None without one)."""

    where: str
    id: str
    type: str
    fragments: tuple[tuple[int, int], ...]
    stated: str | None


def entities_of(lines: Iterable[tuple[int, str]], name: str, text: str, report: Report) -> tuple[Entity, ...]:
    """The entities of an annotation file's lines; everything else in it is counted by kind.

    Triggers of events are no entities. Fragments with only white space between are one span, as brat cuts spans at
    line breaks; other discontinuous entities are left out.
    """
    bound: dict[str, TextBound] = {}
    triggers: set[str] = set()
    for number, line in lines:
        where = f"{name}:{number}"
        if not line.strip():
            continue
        kind = line[0]
        if kind == "T":
            annotation = _text_bound(line, where)
            if annotation.id in bound:
                raise FormatError(f"{where}: the id {annotation.id!r} was used before; expected each id once")
            bound[annotation.id] = annotation
        elif kind in _KINDS and "\t" in line:
            report.lose(_KINDS[kind], where)
            if kind == "E" and (match := re.match(r"\S+\t[^:\s]+:(\S+)", line)):
                triggers.add(match[1])
        else:
            raise FormatError(f"{where}: {shown(line)} is no line of brat's standoff; expected {_EXPECTED}")
    return tuple(_entities(bound.values(), triggers, text, report))


def _text_bound(line: str, where: str) -> TextBound:
    columns = line.split("\t", 2)
    match = _SPANS.fullmatch(columns[1]) if len(columns) > 1 else None
    if match is None:
        raise FormatError(f"{where}: {shown(line)} is no text-bound annotation; expected {_EXPECTED}")
    pairs = (fragment.split(" ") for fragment in match[2].split(";"))
    fragments = tuple((int(start), int(end)) for start, end in pairs)
    stated = columns[2] if len(columns) > 2 and columns[2].strip() else None
    return TextBound(where, columns[0], match[1], fragments, stated)


def _entities(bound: Iterable[TextBound], triggers: set[str], text: str, report: Report) -> Iterator[Entity]:
    for annotation in bound:
        if any(start == end for start, end in annotation.fragments):
            report.lose(EMPTY_SPANS, annotation.where)
            continue
        parts = [entity_at(text, start, end, annotation.type, annotation.where) for start, end in annotation.fragments]
        _check_stated(annotation, text)
        if annotation.id in triggers:
            report.lose(TRIGGERS, annotation.where)
            continue
        gaps = [text[left.end : right.start] for left, right in pairwise(parts)]
        in_order = all(left.end <= right.start for left, right in pairwise(parts))
        if in_order and not any(gap.strip() for gap in gaps):
            report.lose(JOINED_FRAGMENTS, annotation.where, any(not BREAKS.search(gap) for gap in gaps))
            yield Entity(parts[0].start, parts[-1].end, annotation.type)
        else:
            report.lose(DISCONTINUOUS, f"{annotation.where}: {shown(annotation.stated)}")


def _check_stated(annotation: TextBound, text: str) -> None:
    """Raises FormatError if the stated text is not that of the fragments, joined by one blank.

    Line breaks may be stated as blanks. Files of versions before 1.3 join fragments with nothing. White space at the
    end may be missing, as editors cut it.
    """
    if annotation.stated is None:
        return
    pieces = [text[start:end] for start, end in annotation.fragments]
    stated = BREAKS.sub(" ", annotation.stated).rstrip()
    for between in (" ", ""):
        if stated == BREAKS.sub(" ", between.join(pieces)).rstrip():
            return
    spans = ";".join(f"{start}..{end}" for start, end in annotation.fragments)
    raise FormatError(
        f"{annotation.where}: {annotation.id} at {spans} says {shown(annotation.stated)}, the text there is "
        f"{shown(' '.join(pieces))}; expected the same. Offsets count characters of the .txt file, line ends included"
    )


def lines_of(document: Document, types: dict[str, str], report: Report) -> list[str]:
    """The lines of a document's entities; `types` gives the name of each type in brat.

    An entity over several lines of the text has a fragment for each. Line breaks at an entity's edges belong to no
    fragment: they are cut off and counted.
    """
    lines: list[str] = []
    for entity in document.entities:
        fragments = list(_fragments(document.text, entity))
        if not fragments or (fragments[0][0], fragments[-1][1]) != entity.span:
            report.lose_entity(EDGE_BREAKS, document, entity)
        if fragments:
            offsets = ";".join(f"{start} {end}" for start, end in fragments)
            stated = " ".join(document.text[start:end] for start, end in fragments)
            lines.append(f"T{len(lines) + 1}\t{types[entity.type]} {offsets}\t{stated}\n")
    return lines


def _fragments(text: str, entity: Entity) -> Iterator[tuple[int, int]]:
    """The offsets of an entity's parts between line breaks."""
    start = entity.start
    for match in BREAKS.finditer(text, entity.start, entity.end):
        if start < match.start():
            yield start, match.start()
        start = match.end()
    if start < entity.end:
        yield start, entity.end
