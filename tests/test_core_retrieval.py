"""Retrieval of adapters: by hand, by the document's language, by the language its text seems to be in, else those of
most languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from unread_adapters import SENTENCES, names, put, unread_shelf, unseen

from cascade.adapters.card import (
    STAGES,
    AdapterShelf,
    read_adapter,
)
from cascade.adapters.retrieval import Retriever
from cascade.errors import AdapterError
from cascade.languages.identification import LanguageIdentifier


@pytest.fixture
def shelf(tmp_path: Path) -> AdapterShelf:
    return unread_shelf(tmp_path)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ("de", "many")),
        ("de-AT", ("de", "many")),
        ("ZH_hant", ("many", "zh")),
        ("sr", ("bcms", "many")),
        ("yue", ("many", "zh")),
        ("fi", ("suomi", "suomi")),
        ("en", ("many", "many")),
        ("tlh", ("many", "many")),
    ],
)
def test_the_language_that_a_document_names_is_taken_without_a_look_at_the_text(
    shelf: AdapterShelf, language: str, expected: tuple[str, str]
) -> None:
    def identify(text: str) -> Mapping[str, float]:
        raise AssertionError(text)

    assert names(Retriever(shelf, identify=identify)(SENTENCES["ko"], language, unseen)) == expected


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ({"de": 0.9, "nl": 0.1}, ("de", "many")),
        ({"de": 0.49, "nl": 0.48}, ("many", "many")),
        ({"bs": 0.4, "sr": 0.3, "hr": 0.2, "sl": 0.1}, ("bcms", "many")),  # no one of them is likely, together they are
        ({"zh": 0.6, "ja": 0.4}, ("many", "zh")),
        ({"fi": 1.0}, ("suomi", "suomi")),
        ({"fr": 1.0}, ("many", "many")),
        ({}, ("many", "many")),
    ],
)
def test_a_text_is_read_by_the_adapters_whose_languages_are_likely(
    shelf: AdapterShelf, probabilities: Mapping[str, float], expected: tuple[str, str]
) -> None:
    assert names(Retriever(shelf, identify=lambda text: probabilities)("text", None, unseen)) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("many", "many")),
        ("de", ("de", "many")),
        ("hr", ("bcms", "many")),
        ("zh", ("many", "zh")),
        ("ko", ("many", "many")),
    ],
)
def test_real_sentences_get_the_adapters_of_their_language(
    shelf: AdapterShelf, language: str, expected: tuple[str, str]
) -> None:
    assert names(Retriever(shelf)(SENTENCES[language], None, unseen)) == expected


def test_probabilities_of_languages_sum_to_one_and_do_not_depend_on_the_texts_before() -> None:
    identify = LanguageIdentifier()
    first = {language: identify(text) for language, text in SENTENCES.items()}
    for language, text in reversed(SENTENCES.items()):
        assert identify(text) == first[language]
        assert sum(first[language].values()) == pytest.approx(1.0, abs=1e-3)
        assert max(first[language], key=first[language].__getitem__) in (
            {"hr", "bs"} if language == "hr" else {language}
        )


def test_a_long_text_is_identified_by_its_beginning() -> None:
    identify = LanguageIdentifier()
    text = SENTENCES["de"] * 60
    assert identify(text + SENTENCES["ko"] * 10_000) == identify(text[:4096])


@pytest.mark.parametrize("code", ["deu", "ger", "DEU_Latn"])
def test_a_document_that_names_its_language_by_three_letters_is_read_by_its_adapters(
    shelf: AdapterShelf, code: str
) -> None:
    retriever = Retriever(shelf, identify=lambda text: {})
    assert names(retriever("text", code, unseen)) == names(retriever.named(code)) == ("de", "many")
    assert retriever.is_trained(code, retriever.named(code))


@pytest.mark.parametrize("language", ["", "und", "mul"])
def test_a_language_that_is_none_leaves_it_to_the_text(shelf: AdapterShelf, language: str) -> None:
    assert names(Retriever(shelf, identify=lambda text: {"de": 1.0})("text", language, unseen)) == ("de", "many")


def test_cards_may_name_languages_by_tags_with_regions(tmp_path: Path) -> None:
    for stage in STAGES:
        put(tmp_path / "many", stage, ["de", "pt"])
        put(tmp_path / "br", stage, ["pt-BR"], read_adapter(tmp_path / "many" / stage).checksum())
    retriever = Retriever(AdapterShelf(tmp_path), identify=lambda text: {"pt": 0.9})
    assert {names(retriever("text", language, unseen)) for language in ("pt", "pt-BR", "pt_PT", None)} == {("br", "br")}


def test_a_narrower_whole_pair_reads_its_languages(tmp_path: Path) -> None:
    for stage in STAGES:
        put(tmp_path / "many", stage, ["de", "en", "fr"])
        put(tmp_path / "nordic", stage, ["fi", "sv"])
        put(tmp_path / "some", stage, ["en"])
    retriever = Retriever(AdapterShelf(tmp_path), identify=lambda text: {"fi": 0.4, "sv": 0.4})
    read_by = [names(retriever("text", language, unseen))[0] for language in ("fi", "en", "de", "hu", "xx", None)]
    assert read_by == ["nordic", "some", "many", "many", "nordic", "nordic"]


def test_of_adapters_that_fit_the_one_of_fewest_languages_reads_whether_the_language_is_named_or_identified(
    tmp_path: Path,
) -> None:
    for stage in STAGES:
        put(tmp_path / "many", stage, ["de", "en", "nl"])
        root = read_adapter(tmp_path / "many" / stage).checksum()
        put(tmp_path / "a", stage, ["de", "en", "nl"], root)
        put(tmp_path / "b", stage, ["de"], root)
        put(tmp_path / "c", stage, ["de"])
    retriever = Retriever(
        AdapterShelf(tmp_path),
        identify=lambda text: {"de": 0.9, "nl": 0.1} if text == "klar" else {"de": 0.4, "nl": 0.4},
    )
    assert names(retriever("klar", None, unseen)) == names(retriever("klar", "de", unseen)) == ("b", "b")
    assert names(retriever("unklar", None, unseen)) == ("a", "a")  # its languages together are likely


def test_pairs_of_single_languages_alone_read_what_they_are_likeliest_for(tmp_path: Path) -> None:
    for stage in STAGES:
        put(tmp_path / "de", stage, ["de"])
        put(tmp_path / "fr", stage, ["fr"])
    retriever = Retriever(
        AdapterShelf(tmp_path), identify=lambda text: {"es": 0.8, "fr": 0.15, "de": 0.05} if text else {}
    )
    assert names(retriever("texto", None, unseen)) == ("fr", "fr")
    assert names(retriever("", None, unseen)) == ("de", "de")
    assert names(retriever("texto", "es", unseen)) == ("de", "de")
    assert not retriever.is_trained("es", retriever("texto", "es", unseen))


@pytest.mark.parametrize(("left", "right"), [(["de"], ["de-AT"]), (["de", "nl"], ["de", "fr"])])
@pytest.mark.parametrize("builds_on", [False, True])
def test_two_adapters_that_fit_a_language_equally_well_are_refused_before_a_document_is_read(
    tmp_path: Path, left: list[str], right: list[str], builds_on: bool
) -> None:
    for stage in STAGES:
        put(tmp_path / "many", stage, ["de", "en", "fr"])
    root = read_adapter(tmp_path / "many" / "extractor").checksum() if builds_on else ""
    put(tmp_path / "a", "extractor", left, root)
    put(tmp_path / "b", "extractor", right, root)
    with pytest.raises(AdapterError) as error:
        Retriever(AdapterShelf(tmp_path))
    assert str(error.value) == (
        f"two extractor adapters fit the same languages (de) equally well: {tmp_path / 'a' / 'extractor'}, "
        f"{tmp_path / 'b' / 'extractor'}. "
        "Name the folder of the right ones with --adapters, or the right pair with --pair, "
        "or let both be chosen by what texts are like: `python -m train.centroids` for each pair"
    )
    chosen = Retriever(AdapterShelf(tmp_path), by_hand="b")
    assert names(chosen("text", "en", unseen)) == names(chosen.named("en")) == ("b", "many")
    assert [adapter.name for adapter in chosen.adapters] == ["b/extractor", "many/classifier"]


def test_a_stage_that_a_pair_does_not_hold_is_not_left_to_chance(tmp_path: Path) -> None:
    put(tmp_path / "mine", "extractor", ["de"])
    for name in ("a", "b"):
        put(tmp_path / name, "classifier", ["de", "en"])
    with pytest.raises(AdapterError, match="two classifier adapters fit the same languages"):
        Retriever(AdapterShelf(tmp_path), by_hand="mine")


def test_two_adapters_of_one_name_are_refused(tmp_path: Path) -> None:
    for stage in STAGES:
        put(tmp_path / "de", stage, ["de"])
        put(tmp_path / "de" / "de", stage, ["de", "en"])
    with pytest.raises(AdapterError) as error:
        AdapterShelf(tmp_path / "de")
    both = f"{tmp_path / 'de' / 'classifier'} and {tmp_path / 'de' / 'de' / 'classifier'}"
    assert str(error.value) == f"{both} are both called de/classifier; expected names that differ, so rename a folder"
