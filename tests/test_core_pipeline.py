"""The cascade: documents in, documents with entities out, whatever their language, number and taxonomy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from pipeline_documents import LANGUAGES, TEXTS, TYPES, alike, documents_of, entities_in, save_many_and_german

from cascade import Cascade, Document, Entity, Taxonomy
from cascade.adapters.card import AdapterShelf
from cascade.errors import BaseModelError
from cascade.model.base_model import BaseModel
from cascade.pipeline.hand_back import HandBack
from cascade.pipeline.paragraphs import apart, in_paragraphs, joined
from cascade.text.pieces import cut


@pytest.fixture(scope="session")
def adapters(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four adapters for the tiny Gemma: both stages for several languages, and for German alone."""
    return save_many_and_german(gemma, gemma_folder, tmp_path_factory.mktemp("adapters"))


@pytest.fixture(scope="session")
def annotate(gemma: BaseModel, adapters: Path) -> Cascade:
    return Cascade(gemma, AdapterShelf(adapters), min_score=0.0)


def test_a_text_becomes_a_document(annotate: Cascade) -> None:
    document = annotate(TEXTS[6], TYPES)
    assert (document.id, document.text, document.language) == ("1", TEXTS[6], None)
    assert document.entities
    assert {entity.type for entity in document.entities} <= set(TYPES)
    assert all(0.0 <= (entity.score or 0.0) <= 1.0 for entity in document.entities)


def test_a_list_becomes_a_list_of_the_same_length_and_order(annotate: Cascade) -> None:
    result = annotate(TEXTS, TYPES)
    assert [document.text for document in result] == TEXTS
    assert [document.id for document in result] == [str(number) for number in range(1, len(TEXTS) + 1)]
    assert annotate([TEXTS[0]], TYPES) == [annotate(TEXTS[0], TYPES)]


def test_nothing_becomes_an_empty_list(annotate: Cascade) -> None:
    assert annotate([], TYPES) == []
    assert annotate(iter(()), TYPES) == []


def test_documents_keep_all_but_their_entities(annotate: Cascade) -> None:
    given = Document("x", "Ada met Bob", "en", (Entity(0, 3, "old"),), ((0, 3), (4, 7), (8, 11)))
    result = annotate(given, TYPES)
    assert (result.id, result.text, result.language, result.tokens) == (
        given.id,
        given.text,
        given.language,
        given.tokens,
    )
    assert all(entity.type in TYPES for entity in result.entities)
    assert given.entities == (Entity(0, 3, "old"),)


def test_person_organization_and_location_are_asked_for_by_default(annotate: Cascade) -> None:
    assert annotate(TEXTS[:6]) == annotate(TEXTS[:6], ["person", "organization", "location"])


def test_types_may_be_a_generator_or_a_taxonomy(annotate: Cascade) -> None:
    expected = annotate(TEXTS[:6], TYPES)
    assert annotate(TEXTS[:6], tuple(TYPES)) == expected
    assert annotate(TEXTS[:6], Taxonomy.flat(name for name in TYPES)) == expected


def test_many_documents_equal_one_at_a_time(annotate: Cascade) -> None:
    together = annotate(TEXTS, TYPES)
    assert entities_in(together) > 20
    assert all(
        alike(document, annotate(Document(document.id, text), TYPES))
        for document, text in zip(together, TEXTS, strict=True)
    )


@pytest.mark.slow
def test_exact_results_are_the_same_whatever_the_neighbours(gemma_folder: Path, adapters: Path) -> None:
    exact = Cascade.load(str(gemma_folder), adapters=adapters, device="cpu", exact=True, min_score=0.0)
    assert exact.base.model.dtype == torch.float32
    documents = documents_of([None])
    together = exact(documents, TYPES)
    assert entities_in(together) > 20
    assert list(reversed(exact(documents[::-1], TYPES))) == together  # to the last digit
    assert [exact(document, TYPES) for document in documents] == together
    assert exact(documents[3:5], TYPES) == together[3:5]


def test_exact_and_another_precision_exclude_each_other(gemma_folder: Path, adapters: Path) -> None:
    with pytest.raises(BaseModelError) as error:
        Cascade.load(str(gemma_folder), adapters=adapters, exact=True, precision="bf16")
    assert str(error.value) == "exact results and precision 'bf16' are both asked for; exact ones are computed in fp32"


def test_a_stream_reads_a_batch_ahead_and_keeps_the_order(annotate: Cascade) -> None:
    taken: list[int] = []

    def source() -> Iterator[str]:
        for number, text in enumerate(TEXTS):
            taken.append(number)
            yield text

    stream = annotate.stream(source(), TYPES, batch_size=3)
    first = next(stream)
    assert taken == [0, 1, 2]
    rest = list(stream)
    assert all(alike(left, right) for left, right in zip([first, *rest], annotate(TEXTS, TYPES), strict=True))


def test_paragraphs_are_read_as_one_text_and_taken_apart(annotate: Cascade) -> None:
    documents = documents_of(["de", "de", "de", "en", "en"])
    groups = list(in_paragraphs(documents, lambda text: read_whole(annotate, text)))
    assert 1 < len(groups) < len(documents)
    assert any(len(group) > 2 for group in groups)
    expected = [document for group in groups for document in apart(annotate(joined(group), TYPES), group)]
    together = list(annotate.stream(documents, TYPES, paragraphs=True, batch_size=2))
    assert [(document.id, document.text, document.language) for document in together] == [
        (each.id, each.text, each.language) for each in documents
    ]
    assert all(alike(left, right) for left, right in zip(together, expected, strict=True))
    assert entities_in(together) > 10
    assert any(
        not alike(left, right) for left, right in zip(together, annotate(documents, TYPES), strict=True)
    )  # the neighbours are seen


def read_whole(annotate: Cascade, text: str) -> bool:
    """Whether a text is short enough to be read in one window, whatever sentences it has."""
    return sum(len(ids) for ids in annotate.base.tokens.pieces(text, cut(text))) <= 128


def test_documents_of_a_language_that_nothing_was_trained_on_are_counted_in_paragraphs_too(
    gemma: BaseModel, adapters: Path
) -> None:
    reader = Cascade(gemma, AdapterShelf(adapters), min_score=0.0)
    documents = [Document(str(number), "Il est ici.", "fr") for number in range(5)]
    assert len(reader(documents, TYPES, paragraphs=True)) == 5
    assert reader.counts.untrained == {"fr": 5}


def test_each_of_a_paragraphs_documents_is_counted_by_the_language_that_it_names(
    gemma: BaseModel, adapters: Path
) -> None:
    reader = Cascade(gemma, AdapterShelf(adapters), min_score=0.0)
    documents = [
        Document(str(number), "Il est ici.", language)
        for number, language in enumerate(["fr", "fra", "fr-CA", "und", None])
    ]
    assert [document.language for document in reader(documents, TYPES, paragraphs=True)] == [
        "fr",
        "fra",
        "fr-CA",
        "und",
        None,
    ]
    assert reader.counts.untrained == {"fr": 1, "fra": 1, "fr-CA": 1}


def test_a_batch_holds_a_number_of_documents_in_paragraphs_too(annotate: Cascade) -> None:
    taken: list[int] = []

    def source() -> Iterator[str]:
        for number in range(100):
            taken.append(number)
            yield "Ada."

    next(annotate.stream(source(), TYPES, paragraphs=True, batch_size=20))
    assert 20 <= len(taken) < 60  # a chunk, and what the last paragraph of it holds


def counted(annotate: Cascade, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows whenever memory is handed back, from now on and with nothing read yet."""
    annotate(TEXTS[:1], TYPES)  # or the stages would be made ready, and hand memory back, in between
    handed: list[int] = []
    monkeypatch.setattr(annotate, "_memory", HandBack(annotate.base))
    monkeypatch.setattr(annotate.base, "hand_back", lambda: handed.append(1))
    return handed


def test_memory_is_handed_back_after_each_batch(annotate: Cascade, monkeypatch: pytest.MonkeyPatch) -> None:
    handed = counted(annotate, monkeypatch)
    read = [len(handed) for _ in annotate.stream(TEXTS[:8], TYPES, batch_size=3)]
    assert read == [0, 0, 0, 1, 1, 1, 2, 2]
    assert len(handed) == 3


def test_so_it_is_after_as_many_calls_with_one_text(annotate: Cascade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cascade.pipeline.hand_back._EVERY", 3)
    handed = counted(annotate, monkeypatch)
    counts = []
    for text in TEXTS[:7]:
        annotate(text, TYPES)
        counts.append(len(handed))
    assert counts == [0, 0, 1, 1, 1, 2, 2]


@pytest.mark.slow
def test_unsure_entities_are_left_out_unless_asked_for(annotate: Cascade, gemma: BaseModel, adapters: Path) -> None:
    by_default = Cascade(gemma, AdapterShelf(adapters))
    scores = [entity.score or 0.0 for document in by_default(TEXTS, TYPES) for entity in document.entities]
    assert scores
    assert min(scores) >= 0.3
    assert min(entity.score or 0.0 for document in annotate(TEXTS, TYPES) for entity in document.entities) < 0.3


def test_adapters_differ(annotate: Cascade) -> None:
    german, other = (annotate(documents_of([language]), TYPES) for language in ("de", "en"))
    assert [document.entities for document in german] != [document.entities for document in other]


def test_a_job_of_mixed_languages_equals_one_job_a_language(annotate: Cascade) -> None:
    mixed = documents_of(LANGUAGES)
    results = annotate(mixed, TYPES)
    for language in set(LANGUAGES):
        places = [place for place, document in enumerate(mixed) if document.language == language]
        alone = annotate([mixed[place] for place in places], TYPES)
        assert all(alike(results[place], document) for place, document in zip(places, alone, strict=True))


@pytest.mark.slow
def test_each_language_is_answered_by_its_own_adapters(annotate: Cascade, gemma: BaseModel, adapters: Path) -> None:
    for language, folder in (("de", "german"), ("en", "many"), (None, "many"), ("fi", "many")):
        only = Cascade(gemma, AdapterShelf(adapters / folder), min_score=0.0)
        assert all(
            alike(left, right)
            for left, right in zip(
                annotate(documents_of([language]), TYPES), only(documents_of([language]), TYPES), strict=True
            )
        )


@pytest.mark.slow
@pytest.mark.parametrize("none", [None, "", "und", "mul", "und-Latn"])
def test_the_language_given_holds_for_documents_that_name_none(annotate: Cascade, none: str | None) -> None:
    given = annotate(documents_of(["en", none]), TYPES, language="de")
    expected = annotate(documents_of(["en", "de"]), TYPES)
    assert given == expected
    assert annotate(TEXTS[0], TYPES, language="de").language == "de"


@pytest.mark.slow
def test_a_loaded_cascade_answers(adapters: Path, gemma_folder: Path, annotate: Cascade) -> None:
    loaded = Cascade.load(str(gemma_folder), adapters=adapters, device="cpu", precision="fp32", min_score=0.0)
    assert all(alike(left, right) for left, right in zip(loaded(TEXTS, TYPES), annotate(TEXTS, TYPES), strict=True))
    fastest = Cascade.load(str(gemma_folder), adapters=adapters, device="cpu", min_score=0.0)
    assert [document.text for document in fastest(TEXTS, TYPES)] == TEXTS
