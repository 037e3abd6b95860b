"""What the generator knows of a language: its carriers, words and ways to write amounts, dates and numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "carriers"
SPACELESS = frozenset(("zh", "ja", "th"))  # languages that write no blanks between words
# what a file may have of its own in place of Faker's
OWN = frozenset(("names", "company", "job title", "city", "street", "phone number", "licence plate"))


@dataclass(frozen=True, slots=True)
class Language:
    """A language's file, read.

    locales: Faker's, one of which is drawn for each document; one that stands twice is drawn twice as often. own: what
    the file's words and patterns are taken for, and never Faker's, which lacks it or writes it oddly. sentences:
    templates by topic. labels: what forms call a type. words: lists of phrases by type and purpose. formats: patterns
    of amounts, dates, names and numbers.
    """

    code: str
    locales: Sequence[str]
    own: frozenset[str]
    sentences: Mapping[str, Sequence[str]]
    labels: Mapping[str, Sequence[str]]
    words: Mapping[str, Sequence[str]]
    formats: Mapping[str, Sequence[str]]

    @property
    def templates(self) -> list[str]:
        """All sentence templates."""
        return [each for topic in self.sentences.values() for each in topic]


def language_codes() -> list[str]:
    """The languages that have a file, in alphabetical order."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


@cache
def language(code: str) -> Language:
    """The language of a code; its file must be there (`language_codes`)."""
    read = json.loads((FOLDER / f"{code}.json").read_text(encoding="utf-8"))
    return Language(
        code,
        tuple(read["locales"]),
        frozenset(read["own"]),
        read["sentences"],
        read["labels"],
        read["words"],
        read["formats"],
    )
