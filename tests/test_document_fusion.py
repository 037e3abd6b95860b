"""Fusion of several readings of one text: what each way keeps, against the slow obvious rule."""

from __future__ import annotations

import random
from typing import Any

import pytest
from readings import LAST, LONG, READINGS, SHORT, TEXT, reading

from cascade.document import Document, Entity
from cascade.document.fusion import WAYS, fused, fusion, lowest_to_read
from cascade.errors import DocumentError


def found(document: Document) -> list[tuple[tuple[int, int], str, float | None]]:
    return [(entity.span, entity.type, entity.score) for entity in document.entities]


@pytest.mark.parametrize(
    ("by", "options", "expected"),
    [
        ("union", {}, [(LONG, "university", 0.4), (LAST, "city", 0.8)]),  # one vote each: city is the likelier
        ("majority", {}, [(SHORT, "city", 0.8)]),
        ("majority", {"at_least": 1}, [(SHORT, "city", 0.8), (LAST, "city", 0.8)]),  # two votes before a longer one
        ("majority", {"at_least": 3}, []),
        ("mean", {}, [(SHORT, "city", 0.5333)]),  # (0.9 + 0 + 0.7) / 3; all others are below 0.3
        ("mean", {"lowest": 0.2}, [(SHORT, "city", 0.5333), (LAST, "city", 0.2667)]),
        ("max", {}, [(SHORT, "city", 0.9), (LAST, "city", 0.8)]),
        ("max", {"lowest": 0.85}, [(SHORT, "city", 0.9)]),
    ],
)
def test_each_way_keeps_what_it_says(by: str, options: dict[str, Any], expected: list[Any]) -> None:
    result = fused(READINGS, by, **options)
    assert found(result) == expected
    assert (result.id, result.text, result.language) == ("a", TEXT, "en")


@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize(
    ("entities", "better"),
    [
        ([(LONG, "university", 0.9), (SHORT, "city", 0.8)], (LONG, "university", 0.9)),
        ([(SHORT, "person", 0.9), (SHORT, "politician", 0.8)], (SHORT, "person", 0.9)),
    ],
)
def test_entities_in_others_and_further_types_of_a_span_are_counted_or_kept(
    by: str, entities: list[Any], better: Any
) -> None:
    same = [reading(*entities), reading(*entities)]
    flat, nested = fusion(same, by), fusion(same, by, nested=True)
    assert (found(flat.document), flat.left_out) == ([better], 1)
    assert (sorted(found(nested.document)), nested.left_out) == (sorted(entities), 0)


def test_what_crosses_a_better_entity_is_left_out_of_nested_ones_too() -> None:
    crossing = ((4, 23), "place", 0.5)
    made = fusion([reading((LONG, "university", 0.9), (SHORT, "city", 0.8), crossing)], nested=True)
    assert found(made.document) == [(SHORT, "city", 0.8), (LONG, "university", 0.9)]
    assert made.left_out == 1


def test_one_reading_alone_stays_as_it_is() -> None:
    for by in WAYS:
        assert fused([READINGS[0]], by) == READINGS[0]


def test_unsure_entities_have_no_vote_and_repeated_ones_have_one() -> None:
    unsure = reading((SHORT, "city", 0.2), unsure=True)
    twice = reading((LAST, "city", 0.4), (LAST, "city", 0.6))
    assert found(fused([unsure, twice])) == [(LAST, "city", 0.6)]
    assert found(fused([unsure, twice], "majority")) == []


def test_entities_without_scores_count_as_sure() -> None:
    gold = reading((SHORT, "city", None))
    assert found(fused([gold, gold])) == [(SHORT, "city", None)]
    assert found(fused([gold, reading()], "mean")) == [(SHORT, "city", 0.5)]
    unlikely = reading((SHORT, "place", 0.35))
    ways: list[tuple[str, dict[str, Any]]] = [("union", {}), ("majority", {"at_least": 1}), ("max", {})]
    for by, options in ways:
        [(_, name, _)] = found(fused([reading((SHORT, "zone", None)), unlikely], by, **options))
        assert name == "zone"  # sure, so likelier than what has a score
    assert found(fused([gold, reading((SHORT, "city", 0.4))])) == [(SHORT, "city", 0.7)]
    twice = reading((SHORT, "city", None), (SHORT, "city", 0.4))
    assert found(fused([twice, unlikely])) == [(SHORT, "city", None)]


@pytest.mark.parametrize(("by", "lowest"), [("mean", 0.0), ("max", 0.1), ("union", None), ("majority", None)])
def test_readings_for_a_mean_are_read_with_all_that_is_found(by: str, lowest: float | None) -> None:
    assert lowest_to_read(by, 0.1 if by == "max" else None) == lowest
    assert lowest_to_read("max") == 0.3


def random_readings(seed: int) -> list[Document]:
    source = random.Random(seed)
    spans = [(start, start + length) for start in range(8) for length in (1, 2, 3)]
    return [
        Document(
            "a",
            "abcdefghijk",
            None,
            tuple(
                Entity(*span, source.choice("xy"), source.choice([0.2, 0.5, 0.9, None]))
                for span in source.sample(spans, source.randint(0, 6))
            ),
        )
        for _ in range(source.randint(1, 4))
    ]


def slow(readings: list[Document], by: str, *, nested: bool) -> tuple[set[tuple[int, int, str]], int]:
    """The same by its definition: the best entity is taken, those that overlap it are thrown away and counted, and so
    on; nested: those that cross it.
    """
    left = {(each.start, each.end, each.type) for document in readings for each in document.entities}
    scores = {
        mention: [
            max(own)
            for document in readings
            if (
                own := [
                    1.0 if each.score is None else each.score
                    for each in document.entities
                    if (each.start, each.end, each.type) == mention
                ]
            )
        ]
        for mention in left
    }
    votes = {mention: len(scores[mention]) for mention in left}
    value = {
        mention: max(own) if by == "max" else sum(own) / (len(readings) if by == "mean" else len(own))
        for mention, own in scores.items()
    }
    if by == "majority":
        left = {mention for mention in left if 2 * votes[mention] > len(readings)}
    if by in ("mean", "max"):
        left = {mention for mention in left if value[mention] >= 0.3}

    def order(mention: tuple[int, int, str]) -> tuple[float, ...]:
        length, count, score = mention[1] - mention[0], votes[mention], value[mention]
        if by in ("mean", "max"):
            return score, length, count
        return (length, count, score) if by == "union" else (count, length, score)

    def clash(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
        mine, theirs = set(range(*one[:2])), set(range(*other[:2]))
        return bool(mine & theirs) and not (nested and (mine <= theirs or theirs <= mine))

    taken, left_out = set(), 0
    while left:
        most = max(map(order, left))
        best = min(mention for mention in left if order(mention) == most)
        taken.add(best)
        left.remove(best)
        left_out += sum(clash(mention, best) for mention in left)
        left = {mention for mention in left if not clash(mention, best)}
    return taken, left_out


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("by", WAYS)
def test_fusion_is_the_slow_rule(by: str, *, nested: bool) -> None:
    sizes, lost = [], 0
    for seed in range(60):
        readings = random_readings(seed)
        made = fusion(readings, by, nested=nested)
        result = {(each.start, each.end, each.type) for each in made.document.entities}
        assert (result, made.left_out) == slow(readings, by, nested=nested)
        sizes.append(len(result))
        lost += made.left_out
    assert max(sizes) > 2
    assert lost > 5


@pytest.mark.parametrize(
    ("readings", "options", "message"),
    [
        ([], {}, "no readings are given; expected one or more documents of one text"),
        (READINGS, {"by": "vote"}, "the way to fuse is 'vote'; expected one of union, majority, mean, max"),
        (READINGS, {"at_least": 2}, "at_least 2 is for majority, and the way is union; leave it out"),
        (
            READINGS,
            {"by": "majority", "at_least": 4},
            "4 readings must agree; expected a number from 1 to 3, the number of readings",
        ),
        (
            READINGS,
            {"lowest": 0.2},
            "the lowest score 0.2 is for mean and max, and the way is union; leave it out",
        ),
        (
            [READINGS[0], Document("a", "Other")],
            {},
            "document 'a': the texts of two readings differ: 'New York University is in New York' and 'Other'; "
            "expected readings of one text",
        ),
    ],
)
def test_what_cannot_be_fused_is_told(readings: list[Document], options: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError) as error:
        fused(readings, **options)
    assert str(error.value) == message
