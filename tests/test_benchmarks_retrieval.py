"""The table of what retrieval is worth: its jobs, its conditions and its shares."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save_adapter, save_shelf

from benchmarks import retrieval
from cascade import Cascade, Document, Entity
from cascade.adapters.card import STAGES, AdapterShelf, read_adapter
from cascade.adapters.retrieval import Retriever
from cascade.model.base_model import BaseModel
from train.centroids import write_centroid

pytestmark = pytest.mark.slow

ENGLISH = "The committee will meet the president of the university in London on Tuesday afternoon."
GERMAN = "Der Ausschuss trifft am Dienstagnachmittag die Präsidentin der Universität in München."


def gold(identifier: str, text: str, language: str, place: str) -> Document:
    start = text.index(place)
    return Document(identifier, text, language, (Entity(start, start + len(place), "location"),))


DOCUMENTS = {
    "de": [gold("1", GERMAN, "de", "München"), Document("2", "Ada", "de")],
    "en": [gold("3", ENGLISH, "en", "London"), Document("4", "Bob", "en")],
}


@pytest.fixture
def adapters(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    folder = save_shelf(gemma, gemma_folder, tmp_path / "adapters", own=["de", "en"])
    for language, texts in (("de", [GERMAN, "Ada"]), ("en", [ENGLISH, "Bob"])):
        for stage in STAGES:
            write_centroid(gemma, read_adapter(folder / language / stage), texts)
    return folder


def test_the_jobs_are_all_languages_short_texts_two_languages_and_each_language() -> None:
    made = {job.name: job.documents for job in retrieval.jobs(DOCUMENTS, [Document("5", "Été", "fr")], seed=1)}
    assert list(made) == [
        "all languages",
        "up to 40 characters",
        "two languages a text",
        "unsupported languages",
        "de",
        "en",
    ]
    assert sorted(document.id for document in made["all languages"]) == ["1", "2", "3", "4"]
    assert sorted(document.id for document in made["up to 40 characters"]) == ["2", "4"]
    for document in made["two languages a text"]:
        assert all(document.text_of(entity) in ("London", "München") for entity in document.entities)
    assert "unsupported languages" not in [job.name for job in retrieval.jobs(DOCUMENTS, [], seed=1)]


def test_two_documents_become_one_in_the_language_of_the_longer() -> None:
    joined = retrieval._one_text(DOCUMENTS["en"][1], DOCUMENTS["de"][0])
    assert (joined.text, joined.language) == (f"Bob {GERMAN}", "de")
    assert [joined.text_of(entity) for entity in joined.entities] == ["München"]


@pytest.mark.parametrize(
    ("language", "expected"), [("de", "en"), ("de-AT", "en"), ("en", "de"), ("sr", "en"), ("fr", "de"), (None, "de")]
)
def test_the_wrong_language_on_purpose_has_other_adapters(adapters: Path, language: str | None, expected: str) -> None:
    assert (
        retrieval.another(language, ["de", "bs+hr+sr", "en"], Retriever(AdapterShelf(adapters))) == expected
    )  # none are there for bs, hr and sr


def test_without_other_adapters_nothing_is_wrong_on_purpose(adapters: Path) -> None:
    shutil.rmtree(adapters / "en")
    assert retrieval.another("de", ["de", "en"], Retriever(AdapterShelf(adapters))) == "de"


def test_conditions_differ_only_in_the_adapters(gemma: BaseModel, adapters: Path) -> None:
    cascade, widest = (
        Cascade(gemma, AdapterShelf(adapters), min_score=0.0),
        Retriever(AdapterShelf(adapters), by_hand="multilingual"),
    )
    retriever, most_like = cascade.retriever, retrieval.by_centroid(cascade, widest)
    figures = retrieval.measure(
        cascade,
        retrieval.Job("all", (*DOCUMENTS["de"], *DOCUMENTS["en"])),
        ["location"],
        ["de", "en"],
        widest,
        most_like,
    )
    assert cascade.retriever is retriever
    assert figures["adapters"] == {
        "right": 0.5,
        "multilingual": 0.5,
        "other": 0.0,
    }  # "Ada" and "Bob" may be in any language
    assert figures["centroid"]["right"] == 1.0
    asked: dict[str, list[Document]] = {}

    class Spy(Cascade):
        def __call__(self, documents: Any, types: Any = None, **options: Any) -> Any:
            found = super().__call__(documents, types, **options)
            asked[retrieval.CONDITIONS[len(asked)]] = found
            return found

    spy = Spy(gemma, AdapterShelf(adapters), min_score=0.0)
    retrieval.measure(spy, retrieval.Job("de", tuple(DOCUMENTS["de"])), ["location"], ["de", "en"], widest, most_like)
    german, english = (tuple(f"{language}/{stage}" for stage in STAGES) for language in ("de", "en"))
    multilingual = ("multilingual/extractor", "multilingual/classifier")
    assert {condition: [document.adapters for document in found] for condition, found in asked.items()} == {
        "retrieved": [german, multilingual],
        "centroid": [german, german],
        "oracle": [german, german],
        "multilingual": [multilingual, multilingual],
        "wrong": [english, english],
    }


def test_the_command_writes_a_line_a_job(
    gemma: BaseModel, gemma_folder: Path, adapters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from data_formats import write

    for stage, seed in zip(STAGES, (31, 32), strict=True):  # a second pair for many languages, which stays out of it
        languages = ["de", "en", "fr", "bs"]
        save_adapter(gemma, gemma_folder, adapters / "any" / stage, stage=stage, languages=languages, seed=seed)
    for language, documents in DOCUMENTS.items():
        write(documents, str(tmp_path / f"{language}.jsonl"), "jsonl")
    entries = ", ".join(
        f"{{path: {language}.jsonl, dev: {language}.jsonl, language: {language}}}" for language in DOCUMENTS
    )
    (tmp_path / "mixture.yaml").write_text(f"corpora: [{entries}]", encoding="utf-8")
    command = [
        "--data",
        str(tmp_path / "mixture.yaml"),
        "--base",
        str(gemma_folder),
        "--adapters",
        str(adapters),
        "--json",
        str(tmp_path / "out.json"),
    ]
    assert retrieval.main([*command, "--precision", "fp32"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["job", "docs", "right", "multil.", "other", "right", "by", "c.", *retrieval.CONDITIONS]
    assert [line[:24].strip() for line in lines[1:]] == list(
        json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    )
    (tmp_path / "fr.jsonl").write_text('{"text": "Ada", "entities": []}\n', encoding="utf-8")
    assert retrieval.main([*command, "--unsupported", str(tmp_path / "fr.jsonl")]) == 2
    assert capsys.readouterr().err.strip() == (
        f"error: {tmp_path / 'fr.jsonl'}: a document names no language; expected all to, as by that they are known to "
        "be unsupported"
    )
    assert retrieval.main([*command[:4], "--adapters", str(adapters / "multilingual")]) == 2
    assert (
        capsys.readouterr()
        .err.strip()
        .endswith(
            "holds one adapter of each of extractor and classifier; expected adapters of languages to choose from"
        )
    )
