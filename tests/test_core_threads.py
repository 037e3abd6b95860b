"""One cascade called by many threads: each call gets what it would get alone."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from thread_work import THREADS, at_once, switching_often
from tiny_models import random_text, save_shelf

from cascade import Cascade, Document
from cascade.adapters.card import AdapterShelf
from cascade.model.base_model import BaseModel

pytestmark = pytest.mark.slow

TYPE_LISTS = (["person", "place name", "company"], ["river", "bank", "company or institution", "city"])
LANGUAGES = ("en", "de", "da", "ja")
TEXTS = {language: [random_text(random.Random(language), 16)] for language in LANGUAGES}
REAL_TEXTS = {
    "en": "Ada Lovelace met Charles Babbage in London in June 1833.",
    "de": "Angela Merkel besuchte im Mai das Werk von Siemens in München.",
    "da": "Mette Frederiksen mødte direktøren for Novo Nordisk i København.",
    "ja": "安倍晋三は東京でトヨタ自動車の社長と会談した。",
}


@pytest.fixture(autouse=True)
def turns(request: pytest.FixtureRequest) -> Iterator[None]:
    with switching_often(cores=None if "real_model" in request.keywords else 1):
        yield


@pytest.fixture(scope="module")
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair for German and English, and differences to it for Danish and Japanese."""
    return save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("adapters"), own=["da", "ja"])


def two(base: BaseModel, shelf: Path, *, alone: bool = False) -> tuple[Cascade, Cascade]:
    """Two cascades that have made nothing ready yet."""
    first, second = (Cascade(base, AdapterShelf(shelf), alone=alone, min_score=0.2) for _ in range(2))
    return first, second


Question = tuple[str, tuple[Document, ...], Sequence[str]]


def questions(texts: dict[str, list[str]], *, together: bool) -> list[Question]:
    """Calls with their names: each document and type list by itself, or all documents of all languages in one."""
    documents = [
        Document(f"{language}-{number}", text, language)
        for language in texts
        for number, text in enumerate(texts[language])
    ]
    groups = [tuple(documents)] if together else [(document,) for document in documents]
    return [(f"{group[0].id} {types}", group, types) for group in groups for types in TYPE_LISTS]


def wrong_answers(alone: Cascade, shared: Cascade, asked: Sequence[Question], *, calls: int | None = None) -> list[str]:
    """The calls whose answers in a thread are not those that `alone`, read by one thread, gives.

    calls: of each thread, all by default; each begins with another one.
    """
    expected = {name: alone(list(group), types) for name, group, types in asked}
    assert sum(len(document.entities) for answer in expected.values() for document in answer) >= len(asked)  # control

    def ask(number: int) -> list[str]:
        order = [*asked[number % len(asked) :], *asked[: number % len(asked)]][:calls]
        return [name for name, group, types in order if shared(list(group), types) != expected[name]]

    return [name for names in at_once(ask) for name in names]


@pytest.mark.parametrize("together", [False, True])
def test_threads_get_what_one_thread_gets(gemma: BaseModel, shelf: Path, together: bool) -> None:
    asked = questions(TEXTS, together=together)
    assert wrong_answers(*two(gemma, shelf, alone=not together), asked) == []


@pytest.mark.usefixtures("int8")
def test_threads_get_what_one_thread_gets_in_8_bits(gemma: BaseModel, shelf: Path) -> None:
    eighth = BaseModel(gemma.model, gemma.tokens, name=gemma.name, int8=True)
    assert wrong_answers(*two(eighth, shelf), questions(TEXTS, together=True)) == []


def test_threads_get_what_one_thread_gets_in_bf16(gemma_folder: Path, shelf: Path) -> None:
    half = BaseModel.load(str(gemma_folder), device="cpu", precision="bf16")
    assert wrong_answers(*two(half, shelf), questions(TEXTS, together=True)) == []


def test_documents_that_name_no_language_are_the_same_in_threads(gemma: BaseModel, shelf: Path) -> None:
    asked = [(f"{text} {types}", (Document("1", text),), types) for text in REAL_TEXTS.values() for types in TYPE_LISTS]
    assert wrong_answers(*two(gemma, shelf, alone=True), asked) == []


@pytest.mark.real_model
@pytest.mark.parametrize("exact", [True, False])
def test_threads_get_what_one_thread_gets_of_the_embedded_model(exact: bool) -> None:
    loaded = Cascade.load(device="cpu", exact=exact)
    types = (["person", "organization", "location"], ["person", "company", "city", "event"])
    asked: list[Question] = [
        (f"{language} {names}", (Document("1", text, language),), names)
        for language, text in REAL_TEXTS.items()
        for names in types
    ]
    assert wrong_answers(loaded, loaded, asked, calls=1) == []


def test_the_counts_of_all_threads_are_summed(gemma: BaseModel, shelf: Path) -> None:
    alone, shared = (Cascade(gemma, AdapterShelf(shelf), min_score=0.3) for _ in range(2))
    documents = [Document(language, TEXTS[language][0], language) for language in LANGUAGES] + [
        Document("fr", "Ada.", "fr")
    ]
    alone(documents, TYPE_LISTS[0])
    at_once(lambda number: [shared(documents, TYPE_LISTS[0]) for _ in range(3)])
    assert alone.counts.unsure > 0
    assert shared.counts.unsure == 3 * THREADS * alone.counts.unsure
    assert shared.counts.rejected == 3 * THREADS * alone.counts.rejected
    assert shared.counts.untrained == {"fr": 3 * THREADS}
