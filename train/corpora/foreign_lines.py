"""Lines that belong to no text, such as instructions and markup, put beside training sentences.

So that a sentence is read as before whatever stands beside it.
"""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from pathlib import Path

from cascade.document import Document

LINES = Path(__file__).with_name("foreign_lines.tsv")
OF_ALL = "und"  # the language of lines of no language, ISO 639's code for it
_BETWEEN = (" ", "\n")  # what parts a line from the text
_OF_ALL_SHARE = 0.5  # how often a line of no language is drawn (not tuned)


@cache
def foreign_lines() -> dict[str, tuple[str, ...]]:
    """The lines by language; no line names anything."""
    lines: dict[str, list[str]] = {}
    for row in LINES.read_text(encoding="utf-8").splitlines():
        language, line = row.split("\t")
        lines.setdefault(language, []).append(line)
    return {language: tuple(of_it) for language, of_it in lines.items()}


def with_foreign_line(document: Document, source: random.Random) -> Document:
    """`document` with a line in front of it, behind it or at a blank outside of its entities, which move with it."""
    known = foreign_lines()
    language = (document.language or "en").partition("-")[0]
    own = known.get(language, known["en"])
    line = source.choice(known[OF_ALL] if source.random() < _OF_ALL_SHARE else own)
    blanks = blanks_outside(document)
    place = source.choice(("front", "behind", "within") if blanks else ("front", "behind"))
    between = source.choice(_BETWEEN)
    if place == "front":
        return put_in(document, 0, line + between)
    if place == "behind":
        return put_in(document, len(document.text), between + line)
    return put_in(document, source.choice(blanks), f" {line}")


def blanks_outside(document: Document) -> list[int]:
    """The places of the blanks that lie in no entity, in code points."""
    taken = {place for each in document.entities for place in range(each.start, each.end)}
    return [place for place, each in enumerate(document.text) if each == " " and place not in taken]


def put_in(document: Document, start: int, line: str) -> Document:
    """`document` with a line put in at `start`, outside of its entities; those behind it move with the text."""
    moved = tuple(
        replace(each, start=each.start + len(line), end=each.end + len(line)) if each.start >= start else each
        for each in document.entities
    )
    return replace(document, text=document.text[:start] + line + document.text[start:], entities=moved, tokens=None)
