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
_LONGEST_ACRONYM = 4  # characters; longer names in capitals are words, such as PERSON and WORK OF ART
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
    if " " not in name and (words := _CAMEL.sub(" ", name)) != name:
        return " ".join(word.lower() if word[1:].islower() else word for word in words.split())
    if any(map(str.islower, name)) or not name.isascii():
        return name
    return name if len(name) <= _LONGEST_ACRONYM or name in _ACRONYMS else name.lower()
