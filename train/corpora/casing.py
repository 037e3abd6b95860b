"""Documents in other letters: all small, all capital, or with a capital for every word, as in headlines."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from unicodedata import category

from cascade.document import Document


def in_lower_case(document: Document) -> Document:
    """`document` in lower case, with all offsets unchanged.

    Characters whose lower case is not a single character stay as they are.
    """
    return _each_letter(document, str.lower)


def in_upper_case(document: Document) -> Document:
    """`document` in capitals; offsets and exceptions as in `in_lower_case`."""
    return _each_letter(document, str.upper)


def in_title_case(document: Document) -> Document:
    """`document` with a capital at the start of every word, as in headlines; its other letters stay."""
    text, inside = "", False
    for character in document.text:
        text += character if inside else _same_length(character, str.upper)
        inside = character.isalnum() or (inside and (character in "'’" or category(character).startswith("M")))
    return replace(document, text=text)


# by the key of a mixture's entry
CASES: Mapping[str, Callable[[Document], Document]] = {
    "lower_case": in_lower_case,
    "upper_case": in_upper_case,
    "title_case": in_title_case,
}


def with_other_case(document: Document, shares: Mapping[str, Any], source: random.Random) -> Document:
    """`document` in one of the CASES, each as often as `shares` says, or as it is."""
    if not set(shares) & set(CASES):
        return document
    drawn = source.random()
    for key, changed in CASES.items():
        drawn -= float(shares.get(key, 0.0))
        if drawn < 0:
            return changed(document)
    return document


def _each_letter(document: Document, change: Callable[[str], str]) -> Document:
    return replace(document, text="".join(_same_length(character, change) for character in document.text))


def _same_length(character: str, change: Callable[[str], str]) -> str:
    changed = change(character)
    return changed if len(changed) == 1 else character
