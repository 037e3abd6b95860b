"""Scores worked out by hand, and the errors of pairs that cannot be compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cascade.document import Document, Entity
from cascade.errors import ScoringError
from cascade.scoring.report import Counts, ScoreReport
from cascade.scoring.scores import score

TEXT = "Ada Lovelace met Charles Babbage in London ."
ADA, LOVELACE, ADA_LOVELACE, BABBAGE, LONDON = (0, 3), (4, 12), (0, 12), (17, 32), (36, 42)


def document(
    name: str, *entities: tuple[tuple[int, int], str], language: str | None = None, text: str = TEXT
) -> Document:
    return Document(name, text, language, tuple(Entity(start, end, kind) for (start, end), kind in entities))


def quick(gold: list[Document], predicted: list[Document], *, ignore_case_of_types: bool = False) -> ScoreReport:
    return score(gold, predicted, resamples=0, ignore_case_of_types=ignore_case_of_types)


def test_strict_counts_need_span_and_type() -> None:
    gold = [document("a", (ADA_LOVELACE, "person"), (BABBAGE, "person"), (LONDON, "location"))]
    predicted = [document("a", (ADA_LOVELACE, "person"), (LONDON, "person"))]
    report = quick(gold, predicted)
    assert report.strict == Counts(tp=1, fp=1, fn=2)
    assert (report.strict.precision, report.strict.recall, report.strict.f1) == (1 / 2, 1 / 3, 2 / 5)


def test_span_counts_ignore_types() -> None:
    gold = [document("a", (ADA_LOVELACE, "person"), (BABBAGE, "person"), (LONDON, "location"))]
    predicted = [document("a", (ADA_LOVELACE, "person"), (LONDON, "person"))]
    assert quick(gold, predicted).span == Counts(tp=2, fp=0, fn=1)


def test_a_boundary_that_is_off_is_a_false_positive_and_a_miss() -> None:
    report = quick([document("a", (ADA_LOVELACE, "person"))], [document("a", (LOVELACE, "person"))])
    assert report.strict == report.span == Counts(tp=0, fp=1, fn=1)


def test_nested_entities_count_each() -> None:
    gold = [document("a", (ADA_LOVELACE, "person"), (ADA, "given name"))]
    assert quick(gold, gold).strict == Counts(tp=2)


def test_the_same_entity_given_twice_counts_once() -> None:
    once = document("a", (LONDON, "location"))
    twice = once.with_entities((Entity(*LONDON, "location", 0.9), Entity(*LONDON, "location", 0.4)))
    assert quick([once], [twice]).strict == Counts(tp=1)
    assert quick([twice], [once]).strict == Counts(tp=1)


def test_macro_f1_is_the_mean_over_types_present_in_gold() -> None:
    gold = [document("a", (ADA_LOVELACE, "person"), (BABBAGE, "person"), (LONDON, "location"))]
    predicted = [document("a", (ADA_LOVELACE, "person"), (BABBAGE, "engineer"), (LONDON, "location"))]
    report = quick(gold, predicted)
    assert report.types == {"person": Counts(tp=1, fn=1), "location": Counts(tp=1), "engineer": Counts(fp=1)}
    assert report.macro_f1 == (2 / 3 + 1) / 2


def test_types_stand_in_order_of_gold_entities_then_name() -> None:
    gold = [document("a", (LONDON, "location"), (ADA_LOVELACE, "person"), (BABBAGE, "person"))]
    predicted = [document("a", (LONDON, "zoo"), (ADA, "city"))]
    assert list(quick(gold, predicted).types) == ["person", "location", "city", "zoo"]


def test_type_accuracy_is_over_gold_spans_that_were_found() -> None:
    gold = [document("a", (ADA_LOVELACE, "person"), (BABBAGE, "person"), (LONDON, "location"))]
    predicted = [document("a", (ADA_LOVELACE, "person"), (LONDON, "person"), (ADA, "person"))]
    assert quick(gold, predicted).type_accuracy == 1 / 2


def test_strict_f1_is_span_f1_times_type_accuracy() -> None:
    gold = [document("a", (ADA_LOVELACE, "person"), (BABBAGE, "person"), (LONDON, "location"))]
    predicted = [document("a", (ADA_LOVELACE, "person"), (LONDON, "person"), (ADA, "person"))]
    report = quick(gold, predicted)
    assert report.strict.f1 == report.span.f1 * report.type_accuracy == 1 / 3


@pytest.mark.parametrize(
    ("answers", "accuracy"),
    [
        (("author", "person"), 1.0),
        (("person",), 2 / 3),
        (("author", "city", "person", "river"), 2 / 3),
        (("city",), 0.0),
    ],
)
def test_type_accuracy_of_a_span_with_two_gold_types_is_f1_over_its_types(
    answers: tuple[str, ...], accuracy: float
) -> None:
    gold = [document("a", (ADA_LOVELACE, "author"), (ADA_LOVELACE, "person"))]
    predicted = [document("a", *((ADA_LOVELACE, answer) for answer in answers))]
    report = quick(gold, predicted)
    assert report.type_accuracy == accuracy
    assert report.span == Counts(tp=1)


def test_a_missing_document_is_all_misses() -> None:
    gold = [document("a", (LONDON, "location")), document("b", (LONDON, "location"), (BABBAGE, "person"))]
    report = quick(gold, gold[:1])
    assert report.strict == Counts(tp=1, fn=2)
    assert report.missing == ("b",)
    assert (report.gold_documents, report.predicted_documents) == (2, 1)


def test_unknown_types_and_missing_sentences_are_not_dropped() -> None:
    """The published CascadeNER evaluator drops predictions of types outside its taxonomy and sentences without
    predictions, and reports F1 1.0 here.
    """
    gold = [document("a", (LONDON, "location")), document("b", (LONDON, "location"), (BABBAGE, "person"))]
    predicted = [document("a", (LONDON, "location"), (ADA, "wizard"), (LOVELACE, "wizard"))]
    report = quick(gold, predicted)
    assert report.strict == Counts(tp=1, fp=2, fn=2)
    assert report.strict.f1 == 1 / 3
    after_dropping = quick(gold[:1], [document("a", (LONDON, "location"))])
    assert after_dropping.strict.f1 == 1.0


def test_languages_are_those_of_gold_and_none_is_unknown() -> None:
    gold = [
        document("a", (LONDON, "location"), language="en"),
        document("b", (LONDON, "location"), (BABBAGE, "person"), language="de"),
        document("c", language="en"),
        document("d", (BABBAGE, "person")),
    ]
    predicted = [replace(gold[0], language="fr"), replace(gold[1], entities=gold[1].entities[:1])]
    languages = quick(gold, predicted).languages
    assert list(languages) == ["de", "en", "unknown"]
    assert {name: (s.documents, s.missing, s.strict) for name, s in languages.items()} == {
        "de": (1, 0, Counts(tp=1, fn=1)),
        "en": (2, 1, Counts(tp=1)),
        "unknown": (1, 1, Counts(fn=1)),
    }


def test_case_of_types_matters_unless_ignored() -> None:
    gold, predicted = [document("a", (LONDON, "Location"))], [document("a", (LONDON, "LOCATION"))]
    assert quick(gold, predicted).strict == Counts(fp=1, fn=1)
    report = quick(gold, predicted, ignore_case_of_types=True)
    assert report.types == {"location": Counts(tp=1)}


@pytest.mark.parametrize(
    ("counts", "measures"),
    [
        (Counts(fn=3), (0.0, 0.0, 0.0)),
        (Counts(fp=3), (0.0, 0.0, 0.0)),
        (Counts(), (0.0, 0.0, 0.0)),
        (Counts(tp=3), (1.0, 1.0, 1.0)),
    ],
)
def test_nothing_over_nothing_is_zero(counts: Counts, measures: tuple[float, float, float]) -> None:
    assert (counts.precision, counts.recall, counts.f1) == measures


def test_no_documents_at_all_have_the_same_shape_as_some() -> None:
    report = score([], [])
    assert (report.strict, report.span, report.types, report.languages, report.missing) == (
        Counts(),
        Counts(),
        {},
        {},
        (),
    )
    assert (report.macro_f1, report.type_accuracy, report.f1_interval) == (0.0, 0.0, None)
    assert report.to_json().keys() == score([document("a")], []).to_json().keys()


def test_order_of_documents_changes_nothing() -> None:
    gold = [
        document(
            str(i),
            *[(BABBAGE, "person"), (LONDON, "location"), (ADA, "person")][: i % 4],
            language="de" if i % 3 else None,
        )
        for i in range(40)
    ]
    predicted = [replace(d, entities=d.entities[i % 2 :]) for i, d in enumerate(gold) if i % 7]
    assert score(gold[::-1], predicted[20:] + predicted[:20]).to_json() == score(gold, predicted).to_json()
    assert score(gold[::-1], predicted).missing == score(gold, predicted).missing


def test_documents_may_come_from_iterators() -> None:
    gold = [document("a", (LONDON, "location"))]
    assert score(iter(gold), iter(gold)) == score(gold, gold)


def test_the_json_form_holds_every_measure_as_a_fraction() -> None:
    gold = [document("a", (LONDON, "location"), (BABBAGE, "person"), language="en"), document("b")]
    predicted = [document("a", (LONDON, "person"))]
    assert score(gold, predicted, resamples=0, seed=5).to_json() == {
        "precision": 0.0,
        "recall": 0.0,
        "f1": 0.0,
        "tp": 0,
        "fp": 1,
        "fn": 2,
        "macro_f1": 0.0,
        "span": {"precision": 1.0, "recall": 0.5, "f1": 2 / 3, "tp": 1, "fp": 0, "fn": 1},
        "type_accuracy": 0.0,
        "calibration_error": None,
        "types": {
            "location": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "tp": 0, "fp": 0, "fn": 1, "support": 1},
            "person": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "tp": 0, "fp": 1, "fn": 1, "support": 1},
        },
        "languages": {
            "en": {
                "precision": 0.0,
                "recall": 0.0,
                "f1": 0.0,
                "tp": 0,
                "fp": 1,
                "fn": 2,
                "support": 2,
                "documents": 1,
                "missing": 0,
            },
            "unknown": {
                "precision": 0.0,
                "recall": 0.0,
                "f1": 0.0,
                "tp": 0,
                "fp": 0,
                "fn": 0,
                "support": 0,
                "documents": 1,
                "missing": 1,
            },
        },
        "documents": {"gold": 2, "predicted": 1, "missing": 1, "gold_entities": 2, "predicted_entities": 1},
        "intervals": {"f1": None, "span_f1": None, "languages": {"en": None, "unknown": None}},
        "bootstrap": {"resamples": 0, "seed": 5, "confidence": 0.95},
    }


def errors_of_pairs() -> list[tuple[list[Document], list[Document], str]]:
    long = "x" * 100
    return [
        (
            [document("a")],
            [document(name) for name in ("b", "a", "c", "d", "e")],
            "predicted: ids that gold does not have (4): 'b', 'c', 'd', ...; expected predictions for the documents "
            "of gold",
        ),
        ([document("a")] * 3, [], "gold: ids that occur more than once (1): 'a'; expected each id once"),
        (
            [document("a"), document("b")],
            [document(name) for name in "abba"],
            "predicted: ids that occur more than once (2): 'b', 'a'; expected each id once",
        ),
        (
            [document("a", text="Ada")],
            [document("a", text="Bob")],
            "document 'a': the texts differ at character 0: gold 'Ada', predicted 'Bob'; expected predictions on the "
            "gold text, whose offsets they share",
        ),
        (
            [document("a", text=long)],
            [document("a", text=long[:-1])],
            f"document 'a': the texts differ at character 99: gold ...'{'x' * 11}', predicted ...'{'x' * 10}'; "
            "expected predictions on the gold text, whose offsets they share",
        ),
        (
            [document("a", text=long)],
            [document("a", text="Ada\n")],
            f"document 'a': the texts differ at character 0: gold '{'x' * 40}'..., predicted 'Ada\\n'; "
            "expected predictions on the gold text, whose offsets they share",
        ),
    ]


@pytest.mark.parametrize(("gold", "predicted", "message"), errors_of_pairs())
def test_documents_that_do_not_fit_are_refused(gold: list[Document], predicted: list[Document], message: str) -> None:
    with pytest.raises(ScoringError) as caught:
        quick(gold, predicted)
    assert str(caught.value) == message
