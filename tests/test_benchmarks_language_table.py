"""The page of all languages: what stands in a row, and that it is as today's cards and figures make it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save_shelf

from benchmarks import language_scores
from benchmarks.language_corpora import KnownCorpus, known_corpora, language_name
from benchmarks.language_scores import files_of, kept, main, trained_texts
from benchmarks.language_table import PAGE, made, page, row, trained_on, why_not
from benchmarks.quality import corpus, own_types, without_commas
from cascade import CascadeError, Document, Entity
from cascade.adapters.card import CARD, AdapterShelf, shipped_adapters
from cascade.languages.identification import language_code
from cascade.model.base_model import BaseModel
from data_formats import write

NEWS = KnownCorpus("news_de", "de", "open", 100, 10, 0, 3, "MIT")
MORE = KnownCorpus("more_de", "de", "open", 100, 10, 10, 3, "CC0")
KEPT = KnownCorpus("kept_de", "de", "research", 100, 0, 10, 3, "research use")
GREEK = KnownCorpus("news_el", "el", "research", 100, 10, 0, 3, "CC BY-NC 4.0")


@pytest.fixture
def adapters(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    """A pair for German and English and one for German, trained on two corpora."""
    folder = save_shelf(gemma, gemma_folder, tmp_path / "adapters", own=["de"])
    german = [{"name": "news_de", "documents": 1200}, {"name": "news_de again", "documents": 300}]
    for name, data in (("multilingual", german), ("de", [{"name": "more_de"}])):
        card = folder / name / "extractor" / CARD
        card.write_text(json.dumps(json.loads(card.read_text(encoding="utf-8")) | {"data": data}), encoding="utf-8")
    return folder


def test_the_page_is_as_cards_corpora_and_figures_make_it() -> None:
    remedy = "python -m benchmarks.language_table --write"
    assert made() == PAGE.read_text(encoding="utf-8"), f"the page is of other adapters or figures; run {remedy}"


def test_a_row_says_what_a_language_was_trained_on_what_it_was_not_and_how_well_it_is_read(adapters: Path) -> None:
    shelf, corpora = AdapterShelf(adapters), [NEWS, MORE, KEPT, GREEK]
    assert trained_on(shelf.adapters) == {"news_de": 1200, "more_de": 0}
    figures = {"f1": 0.5, "interval": [0.4, 0.6]}
    scores = {
        "news_de/dev": {"language": "de", "multilingual": figures, "own": {"f1": 0.75, "interval": [0.7, 0.8]}},
        "kept_de/test": {"language": "de", "multilingual": figures},
    }
    assert row("de", corpora, shelf, scores) == (
        "| German (de) | news_de, more_de: 1,200 | MIT, CC0 | kept_de (research use) | news_de 50.0 → 75.0 [70.0, "
        "80.0], kept_de test 50.0 [40.0, 60.0] | extractor and classifier |"
    )
    assert row("el", corpora, shelf, scores) == (
        "| Greek (el) | nothing |  | news_el (CC BY-NC 4.0) | not measured | no |"
    )
    lines = page(corpora, shelf, {"corpora": scores}).splitlines()
    assert [line.split(" | ")[0] for line in lines if line.startswith("| ")] == [
        "| language", "| German (de)", "| English (en)", "| Greek (el)",
    ]  # fmt: skip


def test_why_a_corpus_was_not_trained_on() -> None:
    assert why_not(KEPT) == "research use"
    assert why_not(NEWS) == "not yet"
    assert why_not(KnownCorpus("pud", "de", "open", 0, 0, 10, 3, "MIT")) == "test alone"
    assert why_not(KnownCorpus("harvey", "en", "research", 9, 9, 0, 4, "licence not stated")) == "held out"


def test_every_corpus_has_a_language_a_licence_and_documents() -> None:
    corpora = known_corpora()
    assert len({corpus.name for corpus in corpora}) == len(corpora) > 90
    assert all(corpus.licence and corpus.group in ("open", "research") for corpus in corpora)
    assert all(corpus.train + corpus.dev + corpus.test > 0 for corpus in corpora)
    assert {corpus.language for corpus in corpora} >= {"pt", "fr", "it", "es", "tr", "vi", "uk", "el", "he", "th"}
    assert all(language_name(corpus.language) != corpus.language for corpus in corpora)


def test_shipped_adapters_are_trained_on_no_corpus_that_may_only_measure() -> None:
    names = trained_on(AdapterShelf(shipped_adapters()).adapters)
    assert [corpus.name for corpus in known_corpora() if corpus.group == "research" and corpus.name in names] == []
    assert len(names) > 20


def write_corpus(folder: Path, name: str, split: str) -> None:
    (folder / name).mkdir(exist_ok=True)
    rows = [Document(str(number), "Ada came", None, (Entity(0, 3, "person"),)).to_dict() for number in range(3)]
    text = "".join(json.dumps(each) + "\n" for each in rows)
    (folder / name / f"{split}.jsonl").write_text(text, encoding="utf-8")


def test_the_first_corpora_of_each_language_that_are_there_are_read(tmp_path: Path) -> None:
    for name, split in (("more_de", "dev"), ("more_de", "test"), ("kept_de", "test"), ("news_el", "dev")):
        write_corpus(tmp_path, name, split)
    corpora = [NEWS, MORE, KEPT, GREEK]
    found = [(corpus.name, file.name) for corpus, file in files_of(corpora, [tmp_path / "no", tmp_path], 2)]
    assert found == [("more_de", "dev.jsonl"), ("kept_de", "test.jsonl"), ("news_el", "dev.jsonl")]
    assert [corpus.name for corpus, _ in files_of(corpora, [tmp_path], 1)] == ["more_de", "news_el"]


def test_figures_of_other_languages_are_kept_if_they_were_measured_alike(tmp_path: Path) -> None:
    file = tmp_path / "scores.json"
    rows = {"a/dev": {"language": "de"}, "b/dev": {"language": "fr"}}
    file.write_text(json.dumps({"setting": {"sentences": 5}, "corpora": rows}), encoding="utf-8")
    assert kept(file, {"sentences": 5}, ["de"]) == {"b/dev": {"language": "fr"}}
    assert kept(file, {"sentences": 5}, []) == {}
    with pytest.raises(CascadeError) as error:
        kept(file, {"sentences": 9}, ["de"])
    assert str(error.value) == (
        f"{file}: holds figures measured with {{'sentences': 5}}, and {{'sentences': 9}} is asked for; expected the "
        "same for all languages. Measure all of them, or write elsewhere with --json"
    )


def test_the_command_measures_by_the_multilingual_pair_and_by_own_adapters(
    gemma_folder: Path,
    adapters: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    read: list[tuple[str, ...]] = []

    def measure(cascade: Any, documents: list[Document], types: list[str]) -> dict[str, Any]:
        [found] = cascade([documents[0]], types)
        read.append(found.adapters)
        figures = dict.fromkeys(("sentences", "entities", "f1", "span_f1", "type_accuracy"), 1)
        return {**figures, "interval": [0, 1], "calibration_error": 0.1}

    monkeypatch.setattr(language_scores, "measure", measure)
    monkeypatch.setattr(language_scores, "known_corpora", lambda: [NEWS, GREEK])
    for name in ("news_de", "news_el"):
        write_corpus(tmp_path, name, "dev")
    out = tmp_path / "scores.json"
    options = ["--data", str(tmp_path), "--adapters", str(adapters), "--base", str(gemma_folder), "--json", str(out)]
    assert main([*options, "--precision", "fp32"]) == 0
    assert read == [
        ("multilingual/extractor", "multilingual/classifier"),
        ("de/extractor", "de/classifier"),
        ("multilingual/extractor", "multilingual/classifier"),
    ]
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["setting"] == {
        "sentences": 200,
        "most": 2,
        "seed": 1,
        "base": str(gemma_folder),
        "pair": None,
        "min_score": 0.3,
        "texts": "that no adapter was trained on",
    }
    assert {name: sorted(row) for name, row in written["corpora"].items()} == {
        "news_de/dev": ["language", "multilingual", "own", "types"],
        "news_el/dev": ["language", "multilingual", "types"],
    }
    write_corpus(tmp_path, "news_de", "train")
    out.unlink()
    assert main([*options, "--precision", "fp32"]) == 0
    assert list(json.loads(out.read_text(encoding="utf-8"))["corpora"]) == ["news_el/dev"]
    assert "news_de/dev: left out, as adapters were trained on each of its texts\n" in capsys.readouterr().out


def test_codes_of_corpora_are_those_by_which_adapters_are_chosen() -> None:
    odd = {corpus.language for corpus in known_corpora() if language_code(corpus.language) != corpus.language}
    assert odd <= {"nb", "nn"}


def test_types_with_commas_are_named_as_mixtures_name_them(tmp_path: Path) -> None:
    entities = Entity(0, 3, "person"), Entity(4, 9, "nationality, religion or party")
    document = Document("a", "Ada Greek", None, entities)
    [renamed, same] = without_commas([document, Document("b", "x")])
    assert [entity.type for entity in renamed.entities] == ["person", "nationality or religion or party"]
    assert same == Document("b", "x")
    write([document], tmp_path / "test.jsonl")
    assert own_types(corpus("test", tmp_path)) == ["nationality or religion or party", "person"]


def test_texts_that_adapters_were_trained_on_are_known_across_corpora(tmp_path: Path) -> None:
    write_corpus(tmp_path, "news_de", "train")
    write_corpus(tmp_path, "news_el", "train")
    corpora = [NEWS, replace(NEWS, name="more_de"), GREEK]
    of_german = trained_texts(corpora, "de", [tmp_path, tmp_path / "no"], {"news_de", "news_el"})
    assert len(of_german) == 1, "the three documents of the corpus have one text"
    assert trained_texts(corpora, "de", [tmp_path], {"news_el"}) == set()
    assert trained_texts(corpora, "el", [tmp_path], {"news_el"}) == of_german, "corpora of equal texts share them"
