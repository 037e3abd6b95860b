"""Each type asked for alone: several types a span, and a second look at unsure entities."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_models import random_text, save_shelf

from cascade import Cascade, CascadeError, Document, Entity, Taxonomy
from cascade.adapters.card import AdapterShelf, read_adapter
from cascade.model.base_model import BaseModel
from cascade.pipeline import type_alone
from cascade.pipeline.counts import Counts
from cascade.stages.extractor_types import asked_of_extractor
from cascade.taxonomy.parsing import parse_taxonomy

TEXTS = [random_text(random.Random(seed), 40) for seed in range(4)]
TYPES = ["company", "person", "place"]
DEEP = parse_taxonomy({"company": None, "place": ["city", "river"], "person": ["artist", "writer"]})


@pytest.fixture(scope="module")
def ner(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Cascade:
    return Cascade(
        gemma, AdapterShelf(save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("a"), own=())), alone=True
    )


def answers(ner: Cascade) -> list[dict[tuple[int, int, str], float]]:
    """For each text the score of each span for each type, asked of the stages themselves, one type at a time."""
    asked = asked_of_extractor(TYPES, ner.retriever.named(None)[0].card.types)
    readings = ner.extractor().read(TEXTS, asked)
    spans = readings.spans()
    places = [[(span.start, span.end) for span in own] for own in spans]
    result: list[dict[tuple[int, int, str], float]] = [{} for _ in TEXTS]
    for name in TYPES:
        for found, own, judged in zip(result, spans, ner.classifier()(readings, places, [name]), strict=True):
            for span, (yes, _) in zip(own, judged, strict=True):
                found[span.start, span.end, name] = span.score * float(np.exp(yes))
    return result


def shown(documents: list[Document]) -> list[dict[tuple[int, int, str], float | None]]:
    return [{(each.start, each.end, each.type): each.score for each in document.entities} for document in documents]


def test_a_span_gets_every_type_that_is_likely_enough_asked_for_alone(ner: Cascade) -> None:
    wanted = answers(ner)
    found = shown(ner(TEXTS, TYPES, min_score=0.0, multi_label=True))
    assert found == [pytest.approx(own, abs=6e-5) for own in wanted]
    middle = sorted(score for own in wanted for score in own.values())[len(wanted[0]) // 2 * 2]
    some = shown(ner(TEXTS, TYPES, min_score=middle, multi_label=True))
    assert some == [{key: score for key, score in own.items() if (score or 0.0) >= middle} for own in found]
    assert 0 < sum(map(len, some)) < sum(map(len, found))


@pytest.fixture
def fitted(gemma: BaseModel, ner: Cascade, tmp_path: Path) -> Cascade:
    """The same adapters, whose classifier's card says how scores of types asked for alone are calibrated."""
    folder = Path(shutil.copytree(ner.shelf.folder, tmp_path / "fitted"))
    adapter = read_adapter(folder / "multilingual" / "classifier")
    replace(adapter.card, asked_alone={"scale": 0.5, "shift": -1.0}).write(adapter.folder)
    return Cascade(gemma, AdapterShelf(folder), alone=True)


def test_scores_of_types_alone_are_calibrated_as_the_card_says(ner: Cascade, fitted: Cascade) -> None:
    asked = asked_of_extractor(TYPES, ner.retriever.named(None)[0].card.types)
    spans = ner.extractor().read(TEXTS, asked).spans()
    of_span = [{(each.start, each.end): each.score for each in own} for own in spans]
    plain = shown(ner(TEXTS, TYPES, min_score=0.0, multi_label=True))
    found = shown(fitted(TEXTS, TYPES, min_score=0.0, multi_label=True))
    compared = 0
    for before, after, scores in zip(plain, found, of_span, strict=True):
        for key in before.keys() & {key for key in after if key[:2] in scores}:
            yes = (before[key] or 0.0) / scores[key[:2]]
            if 0.1 < yes < 0.9:  # scores are rounded
                odds = 0.5 * np.log(yes / (1 - yes)) - 1.0
                assert after[key] == pytest.approx(scores[key[:2]] / (1 + np.exp(-odds)), abs=2e-3)
                compared += 1
    assert compared > 5


def test_documents_whose_classifier_is_not_calibrated_for_types_alone_are_counted(
    ner: Cascade, fitted: Cascade
) -> None:
    for cascade, options, wanted in (
        (ner, {"multi_label": True}, len(TEXTS)),
        (ner, {"verify_below": 0.5}, len(TEXTS)),
        (ner, {}, 0),
        (fitted, {"multi_label": True}, 0),
    ):
        counts = Counts()
        cascade(TEXTS, TYPES, counts=counts, **options)
        assert counts.unfitted == wanted


def test_what_is_not_calibrated_is_read_as_before(ner: Cascade, fitted: Cascade) -> None:
    assert fitted(TEXTS, TYPES, min_score=0.0) == ner(TEXTS, TYPES, min_score=0.0)


def test_a_type_has_the_same_score_beside_others_and_alone(ner: Cascade) -> None:
    common = ["person", "organization", "location", "place"]  # so many that the extractor is asked for no more
    many = shown(ner(TEXTS, [*common, "river"], min_score=0.0, multi_label=True))
    fewer = shown(ner(TEXTS, [*common, "river"], min_score={"river": 0.0, "*": 1.0}, multi_label=True))
    assert fewer == [{key: score for key, score in own.items() if key[2] == "river"} for own in many]
    assert any(fewer)


def test_spans_without_a_type_are_counted(ner: Cascade) -> None:
    counts, every = Counts(), answers(ner)
    spans = [{key[:2] for key in own} for own in every]
    found = ner(TEXTS, TYPES, min_score=1.0, multi_label=True, counts=counts)
    assert not any(document.entities for document in found)
    assert counts.rejected + counts.unsure == sum(map(len, spans))


def test_alternatives_and_unsure_entities_are_shown_where_each_type_is_asked_for_alone(ner: Cascade) -> None:
    every = ner(TEXTS, TYPES, min_score=0.0, multi_label=True, top_k=2)
    by_span: dict[tuple[str, int, int], list[Entity]] = {}
    for document in every:
        for entity in document.entities:
            by_span.setdefault((document.id, *entity.span), []).append(entity)
    for own in by_span.values():
        best = sorted(((each.type, each.score or 0.0) for each in own), key=lambda each: -each[1])[:2]
        assert [dict(each.alternatives) for each in own] == [pytest.approx(dict(best))] * len(own)
    unsure = ner(TEXTS, TYPES, min_score=1.0, unsure_from=0.0, multi_label=True)
    assert shown(unsure) == shown(every)
    assert all(entity.unsure for document in unsure for entity in document.entities)


class NoToShort:
    """In place of `log_yes`: says no to spans of odd length, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[int, int]]] = []

    def __call__(self, readings: object, candidates: Any, names: Any, classifier: object) -> Any:
        self.asked += [(names[0], (each.span.start, each.span.end)) for each in candidates]
        return np.log([[0.49 if (each.span.end - each.span.start) % 2 else 0.51] for each in candidates])


@pytest.mark.parametrize("types", [TYPES, DEEP], ids=["flat", "levels"])
def test_entities_below_a_score_stay_only_if_their_type_alone_is_likelier_than_none(
    ner: Cascade, types: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ner(TEXTS, types, min_score=0.0)
    scores = sorted(entity.score or 0.0 for document in plain for entity in document.entities)
    below, counts, stand_in = scores[3 * len(scores) // 4], Counts(), NoToShort()
    monkeypatch.setattr(type_alone, "log_yes", stand_in)
    found = ner(TEXTS, types, min_score=0.0, verify_below=below, counts=counts)

    def refuted(entity: Entity) -> bool:
        return (entity.score or 0.0) < below and (entity.end - entity.start) % 2 == 1

    wanted = [[each for each in document.entities if not refuted(each)] for document in plain]
    assert [list(document.entities) for document in found] == wanted
    assert counts.unverified == sum(len(document.entities) for document in plain) - sum(map(len, wanted)) > 0
    asked = [(each.type, each.span) for document in plain for each in document.entities if (each.score or 0.0) < below]
    assert sorted(stand_in.asked) == sorted(asked)


def test_nothing_is_asked_again_below_a_score_that_all_have(ner: Cascade) -> None:
    assert ner(TEXTS, TYPES, min_score=0.0, verify_below=0.0) == ner(TEXTS, TYPES, min_score=0.0)


@pytest.mark.parametrize(
    ("types", "options", "message"),
    [
        (
            DEEP,
            {"multi_label": True},
            "multi_label asks for each type alone, and the taxonomy has 2 levels; expected one level. Ask for its "
            "leaves (taxonomy.flattened(), --flat)",
        ),
        (TYPES, {"multi_label": 1}, "multi_label is 1; expected True or False"),
        (
            TYPES,
            {"verify_below": 60},
            "entities are to be verified below a score of 60; expected a probability within 0..1, such as 0.6",
        ),
        (
            TYPES,
            {"verify_below": 0.5, "multi_label": True},
            "multi_label and verify_below are both given; expected one of them, as multi_label already asks for each "
            "type alone",
        ),
    ],
)
def test_settings_that_exclude_each_other_are_refused(
    ner: Cascade, types: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(CascadeError) as error:
        ner(TEXTS, types, **options)
    assert str(error.value) == message


def test_any_type_is_not_asked_about(ner: Cascade) -> None:
    any_type = Taxonomy.flat(["any"])
    assert ner(TEXTS, any_type, multi_label=True) == ner(TEXTS, any_type)
    assert ner(TEXTS, any_type, verify_below=1.0) == ner(TEXTS, any_type)
