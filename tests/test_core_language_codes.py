"""Codes of languages, and which language a text seems to be in."""

from __future__ import annotations

import pytest

from cascade.adapters.card import (
    AdapterShelf,
    shipped_adapters,
)
from cascade.languages.codes import CODES
from cascade.languages.identification import LanguageIdentifier, language_code


@pytest.mark.parametrize("text", ["", " \n", "12 345,00 €", "🙂🙂", "\x00\x01"])
def test_a_text_without_letters_is_in_no_language(text: str) -> None:
    assert LanguageIdentifier()(text) == {}


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de", "de"),
        ("pt-BR", "pt"),
        ("zh_Hant_TW", "zh"),
        (" EN ", "en"),
        ("fil", "tl"),
        ("yue", "zh"),
        ("gsw", "gsw"),
        ("kmr", "ku"),
        ("xyz", ""),
        ("xx", ""),
        ("als", ""),
        ("German", "de"),
        ("und", ""),
        ("", ""),
        ("und-Latn", ""),
    ],
)
def test_codes_of_language_tags(tag: str, language: str) -> None:
    assert language_code(tag) == language


OTHER_CODES = (
    "ar ara arb arz ary, bn ben, bs bos, cs cze ces, da dan, de deu ger, el gre ell, en eng, es spa, et est ekk, fa "
    "fas per pes prs, fi fin, fr fra fre, "
    "he heb iw, hi hin, hr hrv scr, hu hun, id ind in, it ita, ja jpn, jv jav jw, ko kor, ms msa may zsm, my mya bur, "
    "nl nld dut, no nor, pa pan, pl pol, "
    "pt por, ro ron rum mo mol, ru rus, sk slk slo, sq sqi alb, sr srp scc sh hbs, sv swe, sw swa swh, ta tam, te "
    "tel, th tha, tl tgl, tr tur, uk ukr, "
    "ur urd, vi vie, yi yid ji, yo yor, zh zho chi cmn wuu yue"
)


@pytest.mark.parametrize("codes", OTHER_CODES.split(", "))
def test_three_letter_codes_and_old_ones_are_known(codes: str) -> None:
    language = codes.split()[0]
    for code in codes.split():
        assert [language_code(tag) for tag in (code, code.upper(), f"{code}-XY", f" {code}_Latn ")] == [language] * 4


def test_every_code_means_one_language() -> None:
    assert len(CODES) > 200
    assert all(len(language) == 2 and language.isalpha() for language in CODES.values())
    assert not set(CODES) & set(CODES.values())
    assert all(code.isalpha() and code.islower() and len(code) in (2, 3) for code in CODES)


def test_the_languages_of_the_shipped_adapters_and_most_that_are_told_apart_have_three_letter_codes() -> None:
    trained = {language for adapter in AdapterShelf(shipped_adapters()).adapters for language in adapter.languages}
    assert trained <= set(CODES.values())
    told_apart = {name for name in LanguageIdentifier()("The committee meets.") if len(name) == 2}
    assert told_apart <= set(CODES.values())
