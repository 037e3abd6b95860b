"""What the generator knows of a language: its carriers, words and ways to write amounts and dates."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "carriers"
# Faker's locales by language; one is drawn for each document
LOCALES: Mapping[str, Sequence[str]] = {
    "en": ("en_US", "en_US", "en_GB", "en_GB", "en_CA", "en_AU", "en_IN", "en_IE", "en_NZ"),
    "de": ("de_DE", "de_DE", "de_DE", "de_AT", "de_CH"),
    "fr": ("fr_FR", "fr_FR", "fr_CH"),
    "es": ("es_ES", "es_ES", "es_MX", "es_AR", "es_CO"),
    "it": ("it_IT",),
    "pt": ("pt_BR", "pt_PT"),
    "nl": ("nl_NL", "nl_NL", "nl_BE"),
    "pl": ("pl_PL",),
    "ru": ("ru_RU",),
    "tr": ("tr_TR",),
    "zh": ("zh_CN",),
    "ja": ("ja_JP",),
    "ar": ("ar_SA", "ar_DZ", "ar_PS"),
}


@dataclass(frozen=True, slots=True)
class Language:
    """A language's file, read.

    sentences: templates by topic. labels: what forms call a type. words: lists of phrases by type and purpose. formats:
    patterns of amounts, dates and names.
    """

    code: str
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
    return Language(code, read["sentences"], read["labels"], read["words"], read["formats"])
