"""Reads texts with marked spans, `[[span|type]]`, one a line after the language's code and a tab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from cascade.errors import CascadeError, shown
from cascade.languages.identification import named_language
from cascade.taxonomy.tree import type_name
from train.synthetic.rendering import Value

_MARKED = re.compile(r"\[\[([^\[\]|]+)\|([^\[\]|]+)\]\]")
_EXPECTED = "expected a language's code, a tab, and a text whose spans are marked as [[span|type]]"


def marked_texts(file: Path) -> Iterator[tuple[str, Value]]:
    """The language and the text with its spans of each line of a file; empty lines are passed over.

    Raises CascadeError, with the line, for another form, marks within marks, blanks at the edge of a span, names of
    types that no prompt could hold, and bytes that are not UTF-8.
    """
    for number, line in enumerate(file.read_bytes().split(b"\n"), start=1):
        where = f"{file}:{number}"
        try:
            text = line.decode("utf-8")
            language, tab, marked = text.partition("\t")
            if not text.strip():
                continue
            if not language.strip() or not tab or "\t" in marked:
                raise CascadeError(f"{shown(text)}; {_EXPECTED}")
            yield named_language(language) or "", _unmarked(marked)
        except UnicodeDecodeError as error:
            raise CascadeError(f"{where}: is not UTF-8: {error.reason}; save the file as UTF-8") from error
        except CascadeError as error:
            raise CascadeError(f"{where}: {error}") from error


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
