"""The cascade: documents in, documents with entities out, whatever their language, number and taxonomy."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_models import random_text, save_adapter

from cascade import Cascade, Document, Entity, Taxonomy
from cascade.adapters.card import AdapterShelf, read_adapter
from cascade.errors import AdapterError, BaseModelError, CascadeError, DocumentError, TaxonomyError
from cascade.model.base_model import BaseModel
from cascade.pipeline.hand_back import HandBack
from cascade.pipeline.paragraphs import apart, in_paragraphs, joined
from cascade.text.pieces import cut

TYPES = ["person", "place name", "company"]
TEXTS = [
    "Ada met Bob in London",
    "",
    "王小明在北京大学",
    " \n ",
    *[random_text(random.Random(seed), 20) for seed in range(8)],
    "z" * 500,
    "the red cross",
]
LANGUAGES = ("de", "en", None, "zh", "de", "fi")


@pytest.fixture(scope="session")
def adapters(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four adapters for the tiny Gemma: both stages for several languages, and for German alone."""
    return save_many_and_german(gemma, gemma_folder, tmp_path_factory.mktemp("adapters"))


def save_many_and_german(gemma: BaseModel, gemma_folder: Path, folder: Path) -> Path:
    """Writes both stages for several languages, and for German alone; returns `folder`."""
    for number, (name, languages) in enumerate([("many", ["de", "en", "zh"]), ("german", ["de"])]):
        for stage in ("extractor", "classifier"):
            save_adapter(
                gemma,
                gemma_folder,
                folder / name / stage,
                stage=stage,
                languages=languages,
                seed=10 * number + len(stage),
            )
    return folder


@pytest.fixture(scope="session")
def annotate(gemma: BaseModel, adapters: Path) -> Cascade:
    return Cascade(gemma, AdapterShelf(adapters), min_score=0.0)


def documents_of(languages: Sequence[str | None]) -> list[Document]:
    """TEXTS as documents, their languages in turn."""
    return [Document(f"d{index}", text, languages[index % len(languages)]) for index, text in enumerate(TEXTS)]


def alike(left: Document, right: Document) -> bool:
    """Whether two results are the same but for rounding of scores."""
    places = [(entity.start, entity.end, entity.type) for entity in left.entities] == [
        (entity.start, entity.end, entity.type) for entity in right.entities
    ]
    scores = [[entity.score or 0.0 for entity in document.entities] for document in (left, right)]
    return (
        places
        and (left.id, left.text, left.language) == (right.id, right.text, right.language)
        and scores[0] == pytest.approx(scores[1], abs=3e-4)
    )


def entities_in(documents: Sequence[Document]) -> int:
    return sum(len(document.entities) for document in documents)


# what comes in and what comes out


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


def test_a_text_with_a_broken_character_is_refused_by_its_place(annotate: Cascade) -> None:
    with pytest.raises(DocumentError) as error:
        annotate(["fine", "a\ud800"], TYPES)
    assert (
        str(error.value)
        == "document '2': text has a lone surrogate '\\ud800' at 1, which is not valid Unicode; repair the source's "
        "encoding"
    )


# the lowest score


@pytest.mark.parametrize("min_score", [-0.1, 1.5, float("nan"), True])
def test_a_lowest_score_that_is_no_probability_is_refused(gemma: BaseModel, adapters: Path, min_score: float) -> None:
    message = re.escape(
        f"the lowest score is {min_score!r}; expected a probability within 0..1, such as 0.3, or 0 to keep all entities"
    )
    with pytest.raises(CascadeError, match=message):
        Cascade(gemma, AdapterShelf(adapters), min_score=min_score)
    with pytest.raises(CascadeError, match=message):
        Cascade.load("no/such/base", adapters=adapters, min_score=min_score)


@pytest.mark.slow
def test_unsure_entities_are_left_out_unless_asked_for(annotate: Cascade, gemma: BaseModel, adapters: Path) -> None:
    by_default = Cascade(gemma, AdapterShelf(adapters))
    scores = [entity.score or 0.0 for document in by_default(TEXTS, TYPES) for entity in document.entities]
    assert scores
    assert min(scores) >= 0.3
    assert min(entity.score or 0.0 for document in annotate(TEXTS, TYPES) for entity in document.entities) < 0.3


# languages


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


# errors


def test_types_as_one_string_are_refused(annotate: Cascade) -> None:
    with pytest.raises(TaxonomyError) as error:
        annotate(TEXTS, "person,place")
    assert (
        str(error.value)
        == "types are given as one string 'person,place'; expected a list of names such as ['person', 'place']"
    )


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ([], "the taxonomy has no types; expected at least one, such as --types person,organization"),
        (["person", " "], "type name ' ' is empty or not a string; expected a name such as 'person'"),
        (["person", "Person"], "the taxonomy names 'Person' twice; expected each type once"),
        (
            ["red cross", "red▁cross"],
            "types 'red cross' and 'red▁cross' are the same to the base model; expected names that differ",
        ),
    ],
)
def test_types_that_cannot_be_told_apart_are_refused(annotate: Cascade, types: list[str], message: str) -> None:
    with pytest.raises(TaxonomyError) as error:
        annotate(TEXTS, types)
    assert str(error.value) == message


def changed_copy(adapters: Path, target: Path, **changes: object) -> Path:
    """A copy of the adapters of many languages, with other values in the extractor's card."""
    shutil.copytree(adapters / "many", target)
    file = target / "extractor" / "card.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    return target


def test_adapters_of_another_base_model_are_refused(
    adapters: Path, gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    folder = changed_copy(adapters, tmp_path / "x", base="large", base_fingerprint="0123456789abcdef")
    with pytest.raises(AdapterError) as error:
        Cascade.load(str(gemma_folder), adapters=folder, device="cpu")
    assert str(error.value) == (
        f"{folder / 'extractor'}: made for base model 'large' (0123456789ab), loaded is {str(gemma_folder)!r} "
        f"({gemma.fingerprint.removeprefix('v2:')[:12]}). "
        "Name the right one with --base, or adapters of this one with --adapters"
    )


def test_adapters_of_another_prompt_version_are_refused(adapters: Path, gemma_folder: Path, tmp_path: Path) -> None:
    folder = changed_copy(adapters, tmp_path / "x", prompt_version=0)
    with pytest.raises(AdapterError) as error:
        Cascade.load(str(gemma_folder), adapters=str(folder), device="cpu")
    assert (
        str(error.value)
        == f"{folder / 'extractor'}: made for prompt version 0, this program has 1; train it again (python -m "
        f"train.run --stages extractor --start-from {folder} --out {folder} --data ...) or use the program it came with"
    )


@pytest.mark.parametrize(("reads", "warned"), [("", False), ("own", False), ("ab" * 32, True)])
def test_a_classifier_that_was_trained_on_what_another_extractor_read_is_warned_of(
    adapters: Path,
    gemma_folder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    reads: str,
    warned: bool,
) -> None:
    shutil.copytree(adapters / "many", tmp_path / "many")
    classifier, extractor = (read_adapter(tmp_path / "many" / stage) for stage in ("classifier", "extractor"))
    replace(classifier.card, reads=extractor.checksum() if reads == "own" else reads).write(classifier.folder)
    Cascade.load(str(gemma_folder), adapters=tmp_path / "many", device="cpu")
    said = [record.getMessage() for record in caplog.records if record.name == "cascade.pipeline.loading"]
    expected = (
        "classifier many/classifier was trained on texts that another extractor read (abababababab), which is not "
        f"below {tmp_path / 'many'}; its types may be less right. Put that one there, or train the classifier further: "
        "python -m train.run --stages classifier"
    )
    assert said == [expected] * warned


def test_two_equal_adapters_are_refused_where_one_is_asked_for(
    gemma: BaseModel, adapters: Path, tmp_path: Path
) -> None:
    shutil.copytree(adapters / "many", tmp_path / "a")
    shutil.copytree(adapters / "many", tmp_path / "b")
    with pytest.raises(AdapterError) as error:
        Cascade(gemma, AdapterShelf(tmp_path), min_score=0.0)
    assert str(error.value) == (
        f"two extractor adapters fit the same languages (de, en, zh) equally well: {tmp_path / 'a' / 'extractor'}, "
        f"{tmp_path / 'b' / 'extractor'}. "
        "Name the folder of the right ones with --adapters, or the right pair with --pair, "
        "or let both be chosen by what texts are like: `python -m train.centroids` for each pair"
    )


@pytest.mark.slow
def test_a_loaded_cascade_answers(adapters: Path, gemma_folder: Path, annotate: Cascade) -> None:
    loaded = Cascade.load(str(gemma_folder), adapters=adapters, device="cpu", precision="fp32", min_score=0.0)
    assert all(alike(left, right) for left, right in zip(loaded(TEXTS, TYPES), annotate(TEXTS, TYPES), strict=True))
    fastest = Cascade.load(str(gemma_folder), adapters=adapters, device="cpu", min_score=0.0)
    assert [document.text for document in fastest(TEXTS, TYPES)] == TEXTS
