"""Adapters named by hand, and what pairs are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from unread_adapters import SENTENCES, names, put, unread_shelf, unseen

from cascade import Cascade
from cascade.adapters.card import (
    STAGES,
    AdapterShelf,
    read_adapter,
    shipped_adapters,
)
from cascade.adapters.retrieval import Retriever
from cascade.errors import AdapterError


@pytest.fixture
def shelf(tmp_path: Path) -> AdapterShelf:
    return unread_shelf(tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"), [("de", ("de", "many")), ("zh", ("many", "zh")), ("many", ("many", "many"))]
)
def test_adapters_named_by_hand_read_everything(shelf: AdapterShelf, name: str, expected: tuple[str, str]) -> None:
    retriever = Retriever(shelf, by_hand=name)
    assert {
        names(retriever(text, language, unseen)) for text in SENTENCES.values() for language in (None, "fi", "de")
    } == {expected}


def read_by(name: str, shelf: AdapterShelf) -> tuple[str, ...]:
    return names(Retriever(shelf, by_hand=name)("text", None, unseen))


@pytest.mark.parametrize("tells_what_it_reads", [True, False])
def test_a_stage_that_a_pair_lacks_is_that_for_the_same_types(tmp_path: Path, *, tells_what_it_reads: bool) -> None:
    """As where a language's extractor stands beside a pair for names and one for any types in more languages."""
    types = {"names": ["person"], "any": []}
    for pair, languages in (("names", ["de", "en"]), ("any", ["de", "en", "fr"])):
        put(tmp_path / pair, "extractor", languages, only_types=types[pair], weights=f"{pair} extractor")
        put(tmp_path / pair, "classifier", languages, only_types=types[pair], weights=f"{pair} classifier")
        root = read_adapter(tmp_path / pair / "extractor").checksum()
        put(tmp_path / f"{pair}_de", "extractor", ["de"], root, types[pair], weights=f"{pair} de")
        if tells_what_it_reads:
            folder = tmp_path / pair / "classifier"
            replace(read_adapter(folder).card, reads=root).write(folder)
    shelf = AdapterShelf(tmp_path)
    assert read_by("names_de", shelf) == ("names_de", "names")
    assert read_by("any_de", shelf) == ("any_de", "any")
    assert [each.name for each in Retriever(shelf, by_hand="names_de").adapters] == [
        "names_de/extractor",
        "names/classifier",
    ]


def test_a_stage_that_a_pair_lacks_is_the_one_that_it_was_trained_with(tmp_path: Path) -> None:
    for pair, languages in (("one", ["de"]), ("many", ["de", "en", "fr"])):
        put(tmp_path / pair, "extractor", languages, weights=pair)
        put(tmp_path / pair, "classifier", languages, weights=pair)
    reads = read_adapter(tmp_path / "one" / "extractor").checksum()
    put(tmp_path / "typed", "classifier", ["de"])
    replace(read_adapter(tmp_path / "typed" / "classifier").card, reads=reads).write(tmp_path / "typed" / "classifier")
    assert read_by("typed", AdapterShelf(tmp_path)) == ("one", "typed")


def test_a_name_that_is_close_to_a_pairs_names_it(shelf: AdapterShelf) -> None:
    with pytest.raises(AdapterError, match=r"called 'Suomi' \(did you mean suomi\?\); expected one of bcms, "):
        Retriever(shelf, by_hand="Suomi")


def test_an_unknown_name_beside_the_shipped_pairs_lists_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASCADE_NER_ADAPTERS", str(tmp_path))
    for stage in STAGES:
        put(tmp_path / "claims", stage, ["de"])
    with pytest.raises(AdapterError, match=r"\(did you mean claims\?\); expected one of any_type, .*claims, "):
        Retriever(AdapterShelf(shipped_adapters()), by_hand="Claims")


def test_adapters_that_name_no_language_may_have_been_trained_on_any(tmp_path: Path) -> None:
    for pair, languages in (("none", []), ("one", ["de"])):
        for stage in STAGES:
            put(tmp_path / pair, stage, languages)
    for pair, trained in (("none", True), ("one", False)):
        retriever = Retriever(AdapterShelf(tmp_path), by_hand=pair)
        assert retriever.is_trained("en", retriever("Ada", "en", unseen)) is trained


def test_an_unknown_name_is_refused(shelf: AdapterShelf) -> None:
    with pytest.raises(AdapterError) as error:
        Retriever(shelf, by_hand="fr")
    assert (
        str(error.value)
        == f"no adapters below {shelf.folder} are called 'fr'; expected one of bcms, de, many, suomi, zh"
    )


def test_pairs_in_folders_of_folders_are_called_by_their_path(tmp_path: Path) -> None:
    for stage in STAGES:
        put(tmp_path / "v1" / "many", stage, ["de", "en"])
    put(tmp_path / "v1" / "de", "extractor", ["de"])
    put(tmp_path / "v2" / "de", "extractor", ["nl"])
    shelf = AdapterShelf(tmp_path)
    assert sorted(adapter.name for adapter in shelf.adapters) == [
        "v1/de/extractor",
        "v1/many/classifier",
        "v1/many/extractor",
        "v2/de/extractor",
    ]
    assert [adapter.name for adapter in Retriever(shelf, by_hand="v2/de")("text", None, unseen)] == [
        "v2/de/extractor",
        "v1/many/classifier",
    ]
    assert [adapter.name for adapter in Retriever(shelf, by_hand="many")("text", "de", unseen)] == [
        "v1/many/extractor",
        "v1/many/classifier",
    ]
    with pytest.raises(AdapterError) as error:
        Retriever(shelf, by_hand="de")
    assert str(error.value) == (
        f"'de' names several adapters of a stage below {tmp_path}: v1/de/extractor, v2/de/extractor; expected the "
        "name of one pair"
    )


def test_a_pair_that_is_the_shelf_itself_is_called_by_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stage in STAGES:
        put(tmp_path / "mine", stage, ["de"])
    monkeypatch.chdir(tmp_path / "mine")
    assert [adapter.name for adapter in Retriever(AdapterShelf(Path()), by_hand="mine")("text", None, unseen)] == [
        "mine/extractor",
        "mine/classifier",
    ]


@pytest.mark.parametrize("languages", [["de", "en"], ["en"]])
def test_one_pair_needs_no_identification(tmp_path: Path, languages: list[str]) -> None:
    def identify(text: str) -> Mapping[str, float]:
        raise AssertionError(text)

    for stage in STAGES:
        put(tmp_path / "one", stage, languages)
    retriever = Retriever(AdapterShelf(tmp_path), identify=identify)
    pair = retriever(SENTENCES["de"], None, unseen)
    assert names(pair) == ("one", "one")
    assert not retriever.chooses
    assert [retriever.is_trained(language, pair) for language in ("en", "en-GB", "fr")] == [True, True, False]


def test_a_wrong_name_is_refused_before_the_base_model_is_loaded(shelf: AdapterShelf, tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="are called 'fr'"):
        Cascade.load(str(tmp_path / "no base model"), adapters=shelf.folder, pair="fr")


def test_the_earlier_name_of_a_pair_still_works_with_a_warning(shelf: AdapterShelf, tmp_path: Path) -> None:
    with (
        pytest.warns(DeprecationWarning, match="now called pair"),
        pytest.raises(AdapterError, match="are called 'fr'"),
    ):
        Cascade.load(str(tmp_path / "no base model"), adapters=shelf.folder, adapter="fr")
