"""Reads texts with marked spans, `[[span|type]]`, one a line after the language's code and a tab.

A second tab may follow, and types that do not occur in the text, although they might be looked for there. A line
`#types`, with names parted by `;`, names all types that are marked in the texts below it, up to the next such line;
without names it ends the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cascade.errors import CascadeError, shown
from cascade.languages.identification import named_language
from cascade.taxonomy.tree import Taxonomy, type_name
from train.synthetic.rendering import Value

_MARKED = re.compile(r"\[\[([^\[\]|]+)\|([^\[\]|]+)\]\]")
_LIST = re.compile(r"#types(?=\s|$)")
_EXPECTED = (
    "expected a language's code, a tab, and a text whose spans are marked as [[span|type]], and perhaps a tab and "
    "types that do not occur, parted by ;. A line '#types', a blank and types parted by ; lists what is marked below"
)


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text with its spans, its language, types of which it has none, and the list of all types marked in it."""

    language: str
    text: Value
    absent: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()


def marked_texts(file: Path) -> Iterator[MarkedText]:
    """The text of each line of a file; empty lines are passed over.

    Raises CascadeError, with the line, for another form, marks within marks, blanks at the edge of a span, names of
    types that no prompt could hold or tell apart, types that are marked and said to be absent, or marked and not in the
    list above, absent types below a list, and bytes that are not UTF-8.
    """
    listed: tuple[str, ...] = ()
    for number, line in enumerate(file.read_bytes().split(b"\n"), start=1):
        where = f"{file}:{number}"
        try:
            text = line.removesuffix(b"\r").decode("utf-8")
            columns = text.split("\t")
            if not text.strip():
                continue
            if start := _LIST.match(text):
                listed = _list(text[start.end() :])
                continue
            if len(columns) not in (2, 3) or not columns[0].strip():
                raise CascadeError(f"{shown(text)}; {_EXPECTED}")
            marked = _unmarked(columns[1])
            absent = tuple(name for each in columns[2:] for name in _names(each))
            present = {name for *_, name in marked.spans}
            if both := sorted(present & set(absent)):
                raise CascadeError(
                    f"{shown(both[0])} is marked in the text and said to be absent; expected one of these"
                )
            if listed and absent:
                raise CascadeError(
                    f"absent types below a list of types: {shown(columns[2])}; expected none, as those of the list "
                    "that are not marked are absent"
                )
            if listed and (others := sorted(present - set(listed))):
                raise CascadeError(f"{shown(others[0])} is not in the list of types above; expected one of that list")
            yield MarkedText(named_language(columns[0]) or "", marked, absent, listed)
        except UnicodeDecodeError as error:
            raise CascadeError(f"{where}: is not UTF-8: {error.reason}; save the file as UTF-8") from error
        except CascadeError as error:
            raise CascadeError(f"{where}: {error}") from error


def _list(told: str) -> tuple[str, ...]:
    """The names of a list, none if it is empty; raises TaxonomyError for names that cannot be told apart."""
    if not told.strip():
        return ()
    return tuple(root.name for root in Taxonomy.flat(_names(told)).roots)


def _names(told: str) -> tuple[str, ...]:
    return tuple(type_name(name.strip()) for name in told.split(";"))


def _unmarked(marked: str) -> Value:
    """The text without its marks, and its spans in order: start, end and type, in code points."""
    spans: list[tuple[int, int, str]] = []
    text, done = "", 0
    for mark in _MARKED.finditer(marked):
        span, name = mark.groups()
        if span != span.strip() or name != name.strip():
            raise CascadeError(f"a blank at the edge of {shown(mark.group())}; expected none within a mark")
        text += marked[done : mark.start()]
        spans.append((len(text), len(text) + len(span), type_name(name)))
        text, done = text + span, mark.end()
    text += marked[done:]
    if any(sign in text for sign in ("[[", "]]", "|")):
        raise CascadeError(f"{shown(marked)} has a broken mark, or a [[, ]] or | outside of marks; {_EXPECTED}")
    return Value(text, tuple(spans))
