"""Dynamic categorisation of a classification set: each change, its measures."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from classification_rows import TREE, row

from cascade.errors import FormatError
from cascade.taxonomy.parsing import parse_taxonomy
from train.dynamic_categories.changes import Shares, changed, is_for_others, merged, renamed, thinned, without_answer
from train.dynamic_categories.measures import (
    coefficient_of_variation,
    cohesion,
    gini_coefficient,
    measures,
    normalised_entropy,
)
from train.dynamic_categories.question import Question, question_of

TAXONOMY = parse_taxonomy(TREE)
ROOTS = ("person", "place", "other")


def question(options: tuple[str, ...], answer: str, entity: str = "Ada") -> Question:
    return question_of(row(", ".join(options), answer, entity), "here")


def test_questions_of_two_levels_are_about_the_same_entity() -> None:
    asked = [
        question_of({"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "a"}]}, "here")
        for text in (
            'The ##Ada## in the sentence: "Ada ran" belong to which entity in the first list: a, b?',
            'The ##Ada## in the sentence: "Ada ran" belong to which entity in the second list: c, d?',
            'The ##Bob## in the sentence: "Ada ran" belong to which entity in the second list: c, d?',
        )
    ]
    assert asked[0].about == asked[1].about != asked[2].about
    assert asked[0].before.endswith("in the first list")


def answers(questions: list[Question]) -> list[tuple[tuple[str, ...], str]]:
    return [(each.options, each.answer) for each in questions]


def test_a_question_is_read_and_written_in_both_forms() -> None:
    given = row("person, place", "person")
    read = question_of(given, "here")
    assert (read.options, read.answer, read.is_answered) == (("person", "place"), "person", True)
    assert read.to_row() == given
    turns = [{"role": "system", "content": "x"}, {"role": "user", "content": "Which: a, b?"}]
    chat = {"messages": [*turns, {"role": "assistant", "content": "b"}], "id": 1}
    other = question_of(chat, "here").with_options(("b", "c"))
    assert other.to_row() == {
        "messages": [turns[0], {"role": "user", "content": "Which: b, c?"}, {"role": "assistant", "content": "b"}],
        "id": 1,
    }


@pytest.mark.parametrize("wrong", [{}, [], {"conversations": [{"value": "x"}]}, row("a", "b")["conversations"]])
def test_rows_of_another_form_are_refused_with_their_place(wrong: Any) -> None:
    with pytest.raises(FormatError, match=r"^file:3: .* is no question; expected a row of"):
        question_of(wrong, "file:3")


def test_merging_puts_children_in_the_place_of_their_parent() -> None:
    upper, lower = question(ROOTS, "person"), question(("artist", "author", "politician", "soldier"), "author")
    other = question(ROOTS, "other", "Bob")
    counts: Counter[str] = Counter()
    result = merged([upper, lower, other], TAXONOMY, 1.0, 0, counts)
    assert [each.answer for each in result] == ["author", "other"]
    options = set(result[0].options)
    assert {"author", "place", "other"} < options
    assert "person" not in options
    assert len(options) == 5  # author and two of its siblings, and the other roots
    assert result[1] == other
    assert counts == {"merged": 1}
    assert merged([upper, lower, other], TAXONOMY, 0.0, 0, counts) == [upper, lower, other]


def test_names_are_compared_without_regard_to_case_and_may_have_two_parents() -> None:
    taxonomy = parse_taxonomy({"Person": ["Other", "Artist"], "Place": ["Other", "City"]})
    for parent, sibling in (("person", "artist"), ("place", "city")):
        upper, lower = question(("person", "place"), parent), question(("other", sibling), "other")
        assert len(merged([upper, lower], taxonomy, 1.0, 0, Counter())) == 1
    assert cohesion({"artist": 1, "other": 1}, taxonomy) == 1.0
    shares = Shares(0, 1, 0, 0)
    [called], _ = changed([question(ROOTS, "person")], TAXONOMY, {"Person": ["human being"]}, shares, seed=0)
    assert called.answer == "human being"


@pytest.mark.parametrize(
    "lower",
    [
        question(("artist", "author"), "author", "Bob"),  # of another entity
        question(("city", "river"), "city"),  # of another parent
        question((), "author"),  # without its answer
        question(ROOTS, "person"),
    ],
)
def test_questions_that_do_not_descend_are_not_merged(lower: Question) -> None:
    upper = question(ROOTS, "person")
    assert merged([upper, lower], TAXONOMY, 1.0, 0, Counter()) == [upper, lower]


def test_renaming_changes_options_and_answer_alike_and_keeps_them_apart() -> None:
    synonyms = {"person": ["place", "human being"], "place": ["Human Being", "spot"]}
    result = renamed(question(ROOTS, "person"), synonyms, random.Random(0))
    assert answers([result]) == [(("human being", "spot", "other"), "human being")]


def test_thinning_keeps_the_right_option_and_at_least_three() -> None:
    options = tuple("abcdefg")
    sizes = set()
    for seed in range(200):
        result = thinned(question(options, "d"), random.Random(seed))
        assert result.answer == "d"
        assert "d" in result.options
        assert set(result.options) <= set(options)
        assert len(set(result.options)) == len(result.options)
        sizes.add(len(result.options))
    assert sizes == {3, 4, 5, 6, 7}
    three = question(("a", "b", "c"), "a")
    assert thinned(three, random.Random(0)) == three


def test_a_question_without_its_right_option_is_answered_by_one_for_others_or_unknown() -> None:
    with_other = without_answer(question(("a", "b", "other thing"), "a"), random.Random(0))
    assert answers([with_other]) == [(("b", "other thing"), "other thing")]
    alone = without_answer(question(("a", "b", "c"), "a"), random.Random(0))
    assert (set(alone.options), alone.answer) == ({"b", "c", "unknown"}, "unknown")
    for stays in (question(("a", "b"), "a"), question(("a", "b", "other"), "other")):
        assert without_answer(stays, random.Random(0)) == stays
    assert [is_for_others(name) for name in ("Other Person", "miscellaneous", "another", "mother")] == [
        True,
        True,
        False,
        False,
    ]


def test_all_changes_are_seeded_reported_and_never_lose_the_right_answer_but_by_unknown() -> None:
    questions = [question(tuple("abcdef"), "abcdef"[number % 6], f"e{number}") for number in range(200)]
    odd = question((), "a", "odd")
    shares = Shares(merged=0.5, renamed=0.5, thinned=0.5, unknown=0.0)
    result, counts = changed([*questions, odd], TAXONOMY, {"a": ["A1", "A2"]}, shares, seed=3)
    assert (result, counts) == changed([*questions, odd], TAXONOMY, {"a": ["A1", "A2"]}, shares, seed=3)
    assert result != changed([*questions, odd], TAXONOMY, {"a": ["A1", "A2"]}, shares, seed=4)[0]
    assert result[-1] == odd
    assert counts["left as they are: the right answer is not in the list"] == 1
    assert all(each.is_answered for each in result[:-1])
    right = ["abcdef"[number % 6] for number in range(200)]
    assert all(each.answer == wanted or wanted == "a" for each, wanted in zip(result, right, strict=False))
    assert 60 < counts["renamed"] < 140
    assert 50 < counts["thinned"] < 140
    gone, counts = changed(questions, TAXONOMY, {}, Shares(0.0, 0.0, 0.0, 1.0), seed=3)
    assert all(each.answer == "unknown" and "abcdef"[n % 6] not in each.options for n, each in enumerate(gone))
    assert counts == {"unknown": 200}


def test_other_questions_do_not_change_the_draws_of_one() -> None:
    questions = [question(tuple("abcdef"), "a", f"e{number}") for number in range(20)]
    shares = Shares(0.0, 0.0, 1.0, 0.0)
    first, _ = changed(questions, TAXONOMY, {}, shares, seed=1)
    second, _ = changed([*questions[:19], question(tuple("uvwxyz"), "z")], TAXONOMY, {}, shares, seed=1)
    assert first[:19] == second[:19]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # pairs: author-author 1, author-artist 2 of one parent; author-city 2, artist-city 1, not: 3 of 6
        (["author", "author", "artist", "city"], (0.5, 1.5 / 1.584963, 1 / 6, 0.353553)),
        (["author", "author"], (1.0, 0.0, 0.0, 0.0)),
        (["person", "person", "place"], (0.0, 0.918296, 1 / 6, 1 / 3)),  # the roots are no one's children
        (["city"], (0.0, 0.0, 0.0, 0.0)),
        ([], (0.0, 0.0, 0.0, 0.0)),
    ],
)
def test_measures_worked_out_by_hand(given: list[str], expected: tuple[float, ...]) -> None:
    assert tuple(measures(given, TAXONOMY).values()) == pytest.approx(expected, abs=1e-6)


def test_cohesion_is_the_slow_count_of_pairs() -> None:
    source = random.Random(0)
    names = ["person", "other", "artist", "author", "city", "river", "unknown"]
    children = [set(TREE["person"] or ()), set(TREE["place"] or ())]
    for _ in range(20):
        given = [source.choice(names) for _ in range(source.randint(2, 12))]
        pairs = [(a, b) for index, a in enumerate(given) for b in given[index + 1 :]]
        together = sum(any(a in some and b in some for some in children) for a, b in pairs)
        assert cohesion(Counter(given), TAXONOMY) == pytest.approx(together / len(pairs))


def test_equal_counts_have_full_entropy_and_no_inequality() -> None:
    even = Counter({"a": 5, "b": 5, "c": 5})
    assert (normalised_entropy(even), gini_coefficient(even), coefficient_of_variation(even)) == pytest.approx(
        (1, 0, 0)
    )
    uneven = Counter({"a": 1, "b": 1, "c": 98})
    assert gini_coefficient(uneven) == pytest.approx(0.6467, abs=1e-4)  # (2 * (1 + 2 + 3 * 98) / 100 - 4) / 3
