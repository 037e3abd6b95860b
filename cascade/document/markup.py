"""A document as HTML: its entities as marks in the text.  Everything that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from cascade.document.marks import Closing, Marked, Opening, Shown, facts, steps
from cascade.document.palette import Palette, rules


@cache
def marks_style() -> str:
    """The CSS of marks and documents, for elements inside `.cascade-view`."""
    return Path(__file__).with_name("marks.css").read_text(encoding="utf-8") + rules()


def document_html(document: Shown, palette: Palette) -> str:
    """An `article` without line breaks of its own: facts about the document, then its text with marks."""
    name, *others = (f"<span>{escaped(fact)}</span>" for fact in facts(document))
    return (
        f'<article><header><b dir="auto">{name}</b>{"".join(others)}</header>'
        f"{text_html(document.text, document.entities, palette, language=document.language)}</article>"
    )


def text_html(
    text: str, entities: Iterable[Marked], palette: Palette, *, language: str | None = None, before: int = 0
) -> str:
    """A paragraph whose text content is exactly the text, as types are shown by CSS; it finds its own direction.

    before: characters in front of the text in its document, where it is an excerpt, and so not counted in the offsets.
    """
    spoken = f' lang="{escaped(language)}"' if language else ""
    inside = "".join(_markup(text, entities, palette, before))
    return f'<p class="text" dir="auto"{spoken}>{inside}</p>'


def _markup(text: str, entities: Iterable[Marked], palette: Palette, before: int) -> Iterable[str]:
    for step in steps(text, entities):
        if isinstance(step, str):
            yield escaped(step)
        elif isinstance(step, Closing):
            yield "</mark>"
        else:
            yield _opening(step, palette, before)


def _opening(step: Opening, palette: Palette, before: int) -> str:
    """The start tag of a mark; classes `more` and `cut` on pieces without the entity's own start and end, `unsure` on
    those of unsure entities.
    """
    entity = step.entity
    pieces = ("" if step.begins else " more") + ("" if step.ends else " cut") + (" unsure" if entity.unsure else "")
    score = "" if entity.score is None else f' data-score="{entity.score:g}"'
    return (
        f'<mark class="{look_classes(entity.type, palette)}{pieces}" tabindex="0" data-type="{escaped(entity.type)}"'
        f'{score} aria-description="{escaped(_note(entity, before))}">'
    )


def _note(entity: Marked, before: int) -> str:
    """What is told of an entity on hover, on focus and by screen readers."""
    told = [entity.type if entity.score is None else f"{entity.type}, score {entity.score:.2f}"]
    told.append(f"characters {before + entity.start} to {before + entity.end}")
    if entity.unsure:
        told.append("unsure")
    if others := [f"{name} {score:.2f}" for name, score in entity.alternatives if name != entity.type]:
        told.append(f"next best: {', '.join(others)}")
    return "; ".join(told)


def look_classes(name: str, palette: Palette) -> str:
    """The classes that give an element the look of a type."""
    look = palette.look(name)
    return f"e h{look.hue} l{look.line}"


def escaped(text: str) -> str:
    """The text for an element or an attribute in quotes.

    A carriage return, which parsers would change, is written by number; NUL, which HTML cannot hold, as its picture.
    """
    return escape(text).replace("\r", "&#13;").replace("\0", "\u2400")
