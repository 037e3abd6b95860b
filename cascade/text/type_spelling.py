"""How types' names are spelled to the model: labels of corpora and programs as the words they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from unicodedata import normalize

# what corpora in the formats of CoNLL, ACE and OntoNotes mean by these labels, in any case
ABBREVIATIONS: Mapping[str, str] = {
    "per": "person",
    "pers": "person",
    "org": "organization",
    "loc": "location",
    "misc": "miscellaneous",
    "gpe": "geopolitical entity",
    "fac": "facility",
    "norp": "nationality or religious or political group",
}
_LONGEST_ACRONYM = 4  # letters; a longer word in capitals is a word, such as PERSON
_ACRONYMS = frozenset(("EORI", "ORCID", "SWIFT"))
_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])")


@lru_cache(maxsize=20_000)
def spelled(type_name: str) -> str:
    """A type's name in the words that the model reads: `birth_place` and `BirthPlace` as `birth place`, `PERSON` as
    `person`, `PER` as `person`.

    Accents are composed, as in nearly all text that models have read.  Acronyms such as IBAN stay.
    """
    name = " ".join(normalize("NFC", type_name).replace("_", " ").split())
    if name.casefold() in ABBREVIATIONS:
        return ABBREVIATIONS[name.casefold()]
    if " " not in name:
        name = _CAMEL.sub(" ", name)
        if name != type_name:
            name = " ".join(map(_small, name.split()))
    return name if any(map(str.islower, name)) else " ".join(map(_word, name.split()))


def _small(word: str) -> str:
    """A word of a name such as BirthPlace, in small letters unless it is an acronym."""
    return word.lower() if word[1:].islower() else word


def _word(word: str) -> str:
    """A word of a name in capitals, in small letters unless it is short or known as an acronym."""
    if not word.isascii() or len(word) <= _LONGEST_ACRONYM or word in _ACRONYMS:
        return word
    return word.lower()
