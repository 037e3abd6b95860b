"""Retrieval of adapters: by hand, by the document's language, by the language its text seems to be in, else those of
most languages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save_adapter

from cascade import Cascade, Document
from cascade.adapters.card import (
    PROMPT_VERSIONS,
    STAGES,
    WEIGHTS,
    Adapter,
    AdapterShelf,
    Card,
    read_adapter,
)
from cascade.adapters.retrieval import Retriever
from cascade.errors import AdapterError, DocumentError
from cascade.languages.identification import LanguageIdentifier
from cascade.model.base_model import BaseModel
from cascade.stages.decisions import Floats
from data_formats import read, write

SENTENCES = {
    "en": "The committee will meet the president of the university in London on Tuesday afternoon.",
    "de": "Der Ausschuss trifft am Dienstagnachmittag die Präsidentin der Universität in München.",
    "hr": "Predsjednik Vlade sastao se jučer u Zagrebu s ministrom vanjskih poslova susjedne zemlje.",
    "zh": "中华人民共和国主席昨天在北京会见了来访的法国总统，并就两国关系交换了意见。",
    "ko": "대통령은 어제 서울에서 미국 국무장관을 만나 양국 관계에 대해 이야기했다.",
}


def put(folder: Path, stage: str, languages: list[str], builds_on: str = "") -> None:
    """An adapter whose weights nobody reads."""
    folder = folder / stage
    folder.mkdir(parents=True)
    Card(stage, "tiny", "a" * 64, PROMPT_VERSIONS[stage], languages, ["person"], builds_on=builds_on).write(folder)
    (folder / WEIGHTS).write_bytes(stage.encode())


def unseen(text: str) -> Floats:
    """In place of a text's embedding where nothing hangs on it."""
    raise AssertionError(text)


@pytest.fixture
def shelf(tmp_path: Path) -> AdapterShelf:
    """Whole adapters for five languages, extractors for German and for Croatian with its neighbours, a classifier for
    Chinese and a whole pair for Finnish.
    """
    for stage in STAGES:
        put(tmp_path / "many", stage, ["de", "en", "hr", "ko", "zh"])
        put(tmp_path / "suomi", stage, ["fi"])
    roots = {stage: read_adapter(tmp_path / "many" / stage).checksum() for stage in STAGES}
    put(tmp_path / "de", "extractor", ["de"], roots["extractor"])
    put(tmp_path / "bcms", "extractor", ["bs", "hr", "sr"], roots["extractor"])
    put(tmp_path / "zh", "classifier", ["zh"], roots["classifier"])
    return AdapterShelf(tmp_path)


def names(pair: tuple[Adapter, ...]) -> tuple[str, ...]:
    return tuple(adapter.folder.parent.name for adapter in pair)


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


@pytest.mark.parametrize(
    ("name", "expected"), [("de", ("de", "many")), ("zh", ("many", "zh")), ("many", ("many", "many"))]
)
def test_adapters_named_by_hand_read_everything(shelf: AdapterShelf, name: str, expected: tuple[str, str]) -> None:
    retriever = Retriever(shelf, by_hand=name)
    assert {
        names(retriever(text, language, unseen)) for text in SENTENCES.values() for language in (None, "fi", "de")
    } == {expected}


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


def test_results_say_which_adapters_found_them_and_foreign_languages_are_counted(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    for stage in STAGES:
        root = read_adapter(
            save_adapter(
                gemma, gemma_folder, tmp_path / "many" / stage, stage=stage, languages=["de", "en"], seed=len(stage)
            )
        )
    save_adapter(
        gemma,
        gemma_folder,
        tmp_path / "de" / "classifier",
        stage="classifier",
        languages=["de"],
        seed=5,
        builds_on=root.checksum(),
    )
    documents = [
        Document("a", SENTENCES["de"]),
        Document("b", SENTENCES["en"]),
        Document("c", SENTENCES["de"], "fr"),
        Document("d", "", "und"),
    ]
    cascade = Cascade(gemma, AdapterShelf(tmp_path), min_score=0.0)
    found = cascade(documents, ["person"])
    german, other = ("many/extractor", "de/classifier"), ("many/extractor", "many/classifier")
    assert [document.adapters for document in found] == [german, other, other, other]
    assert [document.language for document in found] == [None, None, "fr", "und"]
    assert cascade.counts.untrained == {"fr": 1}
    named = [
        Document(
            document.id, document.text, "de" if document.text == SENTENCES["de"] and not document.language else "en"
        )
        for document in documents
    ]
    assert [document.entities for document in cascade(named, ["person"])] == [document.entities for document in found]
    by_hand = Cascade(gemma, Retriever(AdapterShelf(tmp_path), by_hand="de"), min_score=0.0)
    read = by_hand(documents, ["person"])
    assert [document.adapters for document in read] == [german] * 4
    assert read[0].entities == found[0].entities
    assert by_hand.counts.untrained == {"fr": 1}


@pytest.mark.parametrize("adapters", ["de/extractor", (1,), (None,)])
def test_names_that_are_none_are_refused(adapters: Any) -> None:
    with pytest.raises(DocumentError, match=r"expected names of adapters"):
        Document("a", "Ada", adapters=adapters)


def test_formats_that_cannot_hold_names_of_adapters_count_them(tmp_path: Path) -> None:
    documents = [Document("a", "Ada", adapters=("de/extractor", "many/classifier")), Document("b", "Bob")]
    for format in ("conll", "geic", "text"):
        assert (
            write(documents, str(tmp_path / format), format).losses[
                "names of the adapters that found a document's entities"
            ]
            == 1
        )


def test_names_of_adapters_survive_json_lines(tmp_path: Path) -> None:
    document = Document("a", "Ada", adapters=("de/extractor", "many/classifier"))
    write([document], str(tmp_path / "x.jsonl"), "jsonl")
    assert json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8"))["adapters"] == [
        "de/extractor",
        "many/classifier",
    ]
    assert list(read(str(tmp_path / "x.jsonl"))) == [document]


def test_the_earlier_name_of_a_pair_still_works_with_a_warning(shelf: AdapterShelf, tmp_path: Path) -> None:
    with (
        pytest.warns(DeprecationWarning, match="now called pair"),
        pytest.raises(AdapterError, match="are called 'fr'"),
    ):
        Cascade.load(str(tmp_path / "no base model"), adapters=shelf.folder, adapter="fr")
