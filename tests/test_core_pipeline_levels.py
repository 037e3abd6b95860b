"""Both stages with taxonomies of several levels: against level by level by hand, and with names that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pipeline_documents import LANGUAGES, TEXTS, TYPES, alike, documents_of, entities_in, save_many_and_german

import cascade.pipeline.asked_taxonomy
from cascade import Cascade, Document, Entity, EntityType, Taxonomy
from cascade.adapters.card import AdapterShelf
from cascade.adapters.retrieval import Retriever
from cascade.errors import TaxonomyError
from cascade.model.base_model import BaseModel
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Extractor, Span
from cascade.stages.extractor_types import asked_of_extractor

pytestmark = pytest.mark.slow

DEEP = Taxonomy(
    (
        EntityType(
            "person", None, (EntityType("artist", None, (EntityType("river"), EntityType("bank"))), EntityType("red"))
        ),
        EntityType("place", None, (EntityType("river"), EntityType("London"))),
        EntityType("company"),
    )
)


@pytest.fixture(scope="module")
def adapters(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four adapters for the tiny Gemma: both stages for several languages, and for German alone."""
    return save_many_and_german(gemma, gemma_folder, tmp_path_factory.mktemp("adapters"))


@pytest.fixture(scope="module")
def annotate(gemma: BaseModel, adapters: Path) -> Cascade:
    return Cascade(gemma, AdapterShelf(adapters), min_score=0.0)


def slow_entities(
    base: BaseModel, shelf: AdapterShelf, document: Document, taxonomy: Taxonomy, min_score: float
) -> tuple[list[Entity], int, int]:
    """The entities of one document, level by level by hand, and how many spans there were and were rejected.

    What is unsure is left out before the first level; on a further one, it keeps the name and the score that it came
    with.
    """
    readers = [base.reader(adapter) for adapter in Retriever(shelf).named(document.language)]
    extract, classify = Extractor(readers[0], base.tokens, 2048), Classifier(readers[1], base.tokens, 2048)
    taxonomy = taxonomy.in_order()
    labels, rejected, entities = taxonomy.labels(), 0, []
    asked = asked_of_extractor([root.name for root in taxonomy.roots], ["person"])
    readings = extract.read([document.text], asked)
    marked = [(span, span.score) for span in readings.spans()[0]]
    waiting: list[tuple[tuple[str, ...], tuple[EntityType, ...], list[tuple[Span, float]]]] = [
        ((), taxonomy.roots, marked)
    ]
    while waiting:
        path, nodes, spans = waiting.pop()
        spans = [(span, score) for span, score in spans if path or score >= min_score]
        answers = (
            classify(readings, [[(span.start, span.end) for span, _ in spans]], [node.name for node in nodes])[0]
            if spans
            else []
        )
        typed = [
            (span, score, int(answer.argmax()), score * float(np.exp(answer.max())))
            for (span, score), answer in zip(spans, answers, strict=True)
        ]
        if path:
            entities += [
                Entity(span.start, span.end, labels[path], min(1.0, score))
                for span, score, _, below in typed
                if below < min_score
            ]
        for node_index in range(len(nodes) + 1):
            chosen = [
                (span, below)
                for span, _, best, below in typed
                if best == node_index and (below >= min_score or not path)
            ]
            if node_index == len(nodes) and not path:
                rejected += len(chosen)
            elif node_index < len(nodes) and nodes[node_index].children:
                sure = [(span, score) for span, score in chosen if score >= min_score]
                waiting.append(((*path, nodes[node_index].name), nodes[node_index].children, sure))
            else:
                name = labels[(*path, nodes[node_index].name) if node_index < len(nodes) else path]
                entities += [
                    Entity(span.start, span.end, name, min(1.0, score)) for span, score in chosen if score >= min_score
                ]
    return entities, len(marked), rejected


@pytest.mark.parametrize("min_score", [0.0, 0.15, 0.25])
@pytest.mark.parametrize(
    "taxonomy", [Taxonomy.flat(TYPES), DEEP, Taxonomy.flat(["river"])], ids=["flat", "deep", "one type"]
)
def test_both_stages_equal_level_by_level_one_document_at_a_time(
    gemma: BaseModel, adapters: Path, taxonomy: Taxonomy, min_score: float
) -> None:
    shelf = AdapterShelf(adapters)
    fresh = Cascade(gemma, shelf, min_score=min_score)
    documents = documents_of(LANGUAGES)
    results = fresh(documents, taxonomy)
    slow = [slow_entities(gemma, shelf, document, taxonomy, min_score) for document in documents]
    assert all(
        alike(result, document.with_entities(entities))
        for result, document, (entities, _, _) in zip(results, documents, slow, strict=True)
    )
    assert fresh.counts.rejected == sum(rejected for _, _, rejected in slow)
    assert fresh.counts.unsure == sum(spans - rejected - len(entities) for entities, spans, rejected in slow)
    assert (fresh.counts.unsure > 0) == (min_score > 0)
    assert min_score or fresh.counts.rejected or len(taxonomy.roots) > 1
    assert {entity.type for result in results for entity in result.entities} <= set(taxonomy.labels().values())


def test_deep_taxonomies_are_descended_to_their_leaves(annotate: Cascade) -> None:
    labels = {entity.type for document in annotate(TEXTS, DEEP) for entity in document.entities}
    assert labels & {"person > artist > river", "bank", "red", "place > river", "London"}
    assert "company" in labels


def test_what_is_sure_at_the_roots_is_never_lost_further_down(gemma: BaseModel, adapters: Path) -> None:
    deep, roots = (Cascade(gemma, AdapterShelf(adapters), min_score=0.15) for _ in range(2))
    found, of_roots = deep(TEXTS, DEEP), roots(TEXTS, [root.name for root in DEEP.roots])
    assert entities_in(found) == entities_in(of_roots) > 20
    assert [[entity.span for entity in document.entities] for document in found] == [
        [entity.span for entity in document.entities] for document in of_roots
    ]
    assert (deep.counts.unsure, deep.counts.rejected) == (roots.counts.unsure, roots.counts.rejected)
    assert {entity.type for document in found for entity in document.entities} & {"person", "artist", "place"}


def test_exact_results_of_a_taxonomy_are_the_same_whatever_the_neighbours(gemma: BaseModel, adapters: Path) -> None:
    exact = Cascade(gemma, AdapterShelf(adapters), alone=True, min_score=0.15)
    documents = documents_of([None])
    together = exact(documents, DEEP)
    assert {entity.type for document in together for entity in document.entities} & {"person", "artist", "place"}
    assert list(reversed(exact(documents[::-1], DEEP))) == together
    assert [exact(document, DEEP) for document in documents] == together


@pytest.mark.parametrize(
    ("below", "message"),
    [
        (
            ("red cross", "red▁cross"),
            "below type 'person > artist': types 'red cross' and 'red▁cross' are the same to the base model; expected "
            "names that differ",
        ),
        (
            ("river", "none of these"),
            "below type 'person > artist': 'none of these' is what the classifier answers for everything else; "
            "expected a type of another name",
        ),
    ],
)
def test_types_that_cannot_be_told_apart_deep_in_a_taxonomy_are_refused_before_a_document_is_read(
    annotate: Cascade, below: tuple[str, ...], message: str
) -> None:
    artist = EntityType("artist", None, tuple(EntityType(name) for name in below))
    taxonomy = Taxonomy(
        (EntityType("person", None, (artist, EntityType("red"))), EntityType("place", None, (EntityType("river"),)))
    )

    def source() -> Iterator[str]:
        raise AssertionError("read")
        yield ""

    for refused in (
        lambda: annotate(source(), taxonomy),
        lambda: next(annotate.stream(source(), taxonomy)),
        lambda: annotate([], taxonomy),
    ):
        with pytest.raises(TaxonomyError) as error:
            refused()
        assert str(error.value) == message


def test_the_names_of_a_taxonomy_are_checked_once(annotate: Cascade, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[Taxonomy] = []
    monkeypatch.setattr(
        cascade.pipeline.asked_taxonomy, "check_names", lambda taxonomy, tokens, positions: checked.append(taxonomy)
    )
    taxonomies = [Taxonomy.flat([*TYPES, name]) for name in ("a", "a", "b", "a")]
    for taxonomy in taxonomies:
        annotate("", taxonomy)
    assert checked == [taxonomies[0], taxonomies[2], taxonomies[3]]
