"""The files of the languages of synthetic documents: what Faker lacks of a language stands in them."""

from __future__ import annotations

import random
import unicodedata

import pytest

pytest.importorskip("faker", reason="the synthetic documents need the extra `synthetic`")

from synthetic_languages import BEFORE_DAYS, EXPIRY

from train.synthetic.draw import Draw, Sources
from train.synthetic.language import OWN, language, language_codes
from train.synthetic.slots import filled

# Faker's group of providers of each kind, and what the file holds in their place
KINDS = {
    "names": ("person", ("first names male", "first names female", "last names male")),
    "company": ("company", ("company",)),
    "job title": ("job", ("job title",)),
    "city": ("address", ("city",)),
    "street": ("address", ("street",)),
    "postcode": ("address", ("postcode",)),
    "phone number": ("phone_number", ("phone number",)),
    "licence plate": ("automotive", ("licence plate",)),
}
# the first letters of a script's names in Unicode
SCRIPTS = {
    **dict.fromkeys(("ar", "fa", "ur"), "ARABIC"),
    **dict.fromkeys(("uk", "ru", "kk"), "CYRILLIC"),
    "bn": "BENGALI",
    "el": "GREEK",
    "he": "HEBREW",
    "hi": "DEVANAGARI",
    "ko": "HANGUL",
    "te": "TELUGU",
    "th": "THAI",
    "zh": "CJK",
}


def draws(code: str, count: int = 60) -> list[Draw]:
    known, sources = language(code), Sources(random.Random(5))
    return [Draw(sources, known, known.locales[number % len(known.locales)]) for number in range(count)]


def test_the_tests_know_every_language() -> None:
    assert set(EXPIRY) == set(BEFORE_DAYS) == set(language_codes())
    assert len(language_codes()) >= 40


@pytest.mark.parametrize("code", language_codes())
def test_what_faker_lacks_of_a_language_stands_in_its_file(code: str) -> None:
    known, sources = language(code), Sources()
    assert known.own <= OWN == set(KINDS) - {"postcode"}
    missing = []
    for locale in known.locales:
        for kind, (group, keys) in KINDS.items():
            made = Draw(sources, known, locale).made_by_faker(kind, group)
            missing += [
                (locale, key) for key in keys if not made and not (known.words.get(key) or known.formats.get(key))
            ]
    assert missing == []


@pytest.mark.parametrize("code", SCRIPTS)
def test_names_and_places_are_in_the_script_of_the_language(code: str) -> None:
    script = SCRIPTS[code]
    wrong = []
    for slot in ("full name", "first name", "city", "street", "country", "job title", "symptom"):
        texts = [filled(slot, draw).text for draw in draws(code)]
        letters = [each for text in texts for each in text if each.isalpha()]
        own = sum(unicodedata.name(each, "").startswith(script) for each in letters)
        if own < 0.9 * len(letters):
            wrong.append((slot, texts[:5]))
    assert wrong == []


@pytest.mark.parametrize("code", language_codes())
def test_numbers_of_papers_are_in_shapes_of_the_language(code: str) -> None:
    shapes = language(code).formats
    for kind in ("tax number", "identity number"):
        assert len(set(shapes[kind])) >= 2, kind
    assert all(each.isdigit() for each in shapes["dial code"])
    assert shapes["domain"]
