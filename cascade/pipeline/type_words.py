"""The words of a type's name, in which names that are spelled otherwise are alike."""

from __future__ import annotations

from cascade.text.type_spelling import spelled


def type_words(name: str) -> str:
    """The words of a type's name as the model reads them, in small letters: of `BirthPlace` and `birth_place` alike."""
    return spelled(name).casefold()
