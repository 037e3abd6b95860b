"""Kinds of mistakes: by hand, and in sum against the scorer on random documents."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from cascade.document import Document, Entity
from cascade.scoring.mistakes import Kind, Mistakes, find_mistakes
from cascade.scoring.scores import pair_documents, score

TEXT = "0123456789abcdefghij"
Given = tuple[int, int, str]


def of(gold: list[Given], predicted: list[Given]) -> Mistakes:
    truth, answer = (Document("1", TEXT, entities=tuple(Entity(*each) for each in side)) for side in (gold, predicted))
    return find_mistakes(pair_documents([truth], [answer]))


def told(mistakes: Mistakes) -> list[tuple[str, Given | None, Given | None]]:
    return [(each.kind.name, given(each.gold), given(each.predicted)) for each in mistakes.all]


def given(entity: Entity | None) -> Given | None:
    return (entity.start, entity.end, entity.type) if entity is not None else None


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ([], [], []),
        ([(0, 3, "a")], [(0, 3, "a")], []),
        ([(0, 3, "a")], [], [("MISSED", (0, 3, "a"), None)]),
        ([], [(0, 3, "a")], [("INVENTED", None, (0, 3, "a"))]),
        ([(0, 3, "a")], [(0, 3, "b")], [("TYPED", (0, 3, "a"), (0, 3, "b"))]),
        ([(0, 3, "a")], [(0, 4, "a")], [("EDGES", (0, 3, "a"), (0, 4, "a"))]),
        ([(0, 3, "a")], [(3, 6, "a")], [("MISSED", (0, 3, "a"), None), ("INVENTED", None, (3, 6, "a"))]),
        # one prediction over two gold entities: the longer overlap is paired
        (
            [(0, 2, "a"), (3, 8, "b")],
            [(0, 8, "a")],
            [("EDGES", (0, 2, "a"), None), ("EDGES", (3, 8, "b"), (0, 8, "a"))],
        ),
        # two predictions in one gold entity
        (
            [(0, 9, "a")],
            [(0, 2, "a"), (4, 9, "a")],
            [("EDGES", (0, 9, "a"), (4, 9, "a")), ("EDGES", None, (0, 2, "a"))],
        ),
        # a nested gold entity whose outer one is right was missed, not cut wrongly
        ([(0, 9, "a"), (0, 3, "b")], [(0, 9, "a")], [("MISSED", (0, 3, "b"), None)]),
        # a span with two types, one of which is right
        ([(0, 3, "a"), (0, 3, "b")], [(0, 3, "a")], [("TYPED", (0, 3, "b"), None)]),
        ([(0, 3, "a")], [(0, 3, "a"), (0, 3, "b")], [("TYPED", None, (0, 3, "b"))]),
    ],
)
def test_kinds_of_mistakes(
    gold: list[Given], predicted: list[Given], expected: list[tuple[str, Given | None, Given | None]]
) -> None:
    assert told(of(gold, predicted)) == expected


def test_confusions_are_counted_on_equal_spans() -> None:
    mistakes = of(
        [(0, 3, "a"), (4, 6, "a"), (7, 9, "b"), (10, 12, "b")], [(0, 3, "a"), (4, 6, "b"), (7, 10, "b"), (14, 16, "c")]
    )
    assert mistakes.confusion == {
        ("a", "a"): 1, ("a", "b"): 1, ("b", None): 2, (None, "b"): 1, (None, "c"): 1
    }  # fmt: skip


def test_the_worst_are_the_surest_of_each_kind_in_turn() -> None:
    gold = Document("1", TEXT, entities=(Entity(0, 1, "a"), Entity(2, 3, "a")))
    predicted = gold.with_entities([Entity(5, 6, "a", 0.2), Entity(7, 8, "a", 0.9), Entity(9, 10, "a", 0.5)])
    worst = find_mistakes(pair_documents([gold], [predicted])).worst(4)
    places = [(each.kind.name, each.gold or each.predicted) for each in worst]
    assert places == [
        ("MISSED", gold.entities[0]),
        ("INVENTED", Entity(7, 8, "a", 0.9)),
        ("MISSED", gold.entities[1]),
        ("INVENTED", Entity(9, 10, "a", 0.5)),
    ]


def random_sides(seed: int) -> tuple[list[Document], list[Document]]:
    source = random.Random(seed)
    gold, predicted = [], []
    for number in range(12):
        entities = []
        for _ in range(source.randint(0, 6)):
            start = source.randrange(18)
            entities.append(Entity(start, source.randint(start + 1, 20), source.choice("abA")))
        gold.append(Document(str(number), TEXT, source.choice(["de", None]), tuple(entities)))
        answers = [each for each in entities if source.random() < 0.5]
        for _ in range(source.randint(0, 4)):
            start = source.randrange(18)
            answers.append(Entity(start, source.randint(start + 1, 20), source.choice("abc"), source.random()))
        if source.random() < 0.9:
            predicted.append(Document(str(number), TEXT, None, tuple(answers)))
    return gold, predicted


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("ignored", [False, True])
def test_mistakes_and_confusions_sum_up_to_the_scores(seed: int, ignored: bool) -> None:
    gold, predicted = random_sides(seed)
    report = score(gold, predicted, resamples=0, ignore_case_of_types=ignored)
    mistakes = find_mistakes(pair_documents(gold, predicted), ignore_case_of_types=ignored)
    assert sum(mistakes.lost(kind) for kind in Kind) == report.strict.fn
    assert sum(mistakes.spurious(kind) for kind in Kind) == report.strict.fp
    rows: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    for (one, other), count in mistakes.confusion.items():
        rows.update({one: count} if one is not None else {})
        columns.update({other: count} if other is not None else {})
    assert rows == Counter({name: counts.gold for name, counts in report.types.items()})
    assert columns == Counter({name: counts.predicted for name, counts in report.types.items()})
    assert {name: mistakes.confusion[name, name] for name in report.types} == {
        name: counts.tp for name, counts in report.types.items()
    }


@pytest.mark.parametrize("seed", range(20))
def test_with_one_type_a_span_the_stages_lose_what_spans_and_types_lose(seed: int) -> None:
    gold, predicted = (
        [document.with_entities({each.span: each for each in document.entities}.values()) for document in side]
        for side in random_sides(seed)
    )
    report = score(gold, predicted, resamples=0)
    mistakes = find_mistakes(pair_documents(gold, predicted))
    assert mistakes.lost(Kind.TYPED) == report.span.tp - report.strict.tp == mistakes.spurious(Kind.TYPED)
    assert mistakes.lost(Kind.MISSED) + mistakes.lost(Kind.EDGES) == report.span.fn
    assert mistakes.spurious(Kind.INVENTED) + mistakes.spurious(Kind.EDGES) == report.span.fp


def test_many_entities_in_one_document_are_compared_at_once() -> None:
    text = "x " * 20_000
    gold = Document("1", text, entities=tuple(Entity(at, at + 1, "a") for at in range(0, 40_000, 2)))
    predicted = gold.with_entities([Entity(at, at + 2, "a") for at in range(0, 40_000, 2)])
    mistakes = find_mistakes(pair_documents([gold], [predicted]))
    assert mistakes.lost(Kind.EDGES) == mistakes.spurious(Kind.EDGES) == 20_000
