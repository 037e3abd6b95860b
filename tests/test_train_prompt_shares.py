"""Prompts that lose types: wrong ones, a right one, all that occur; and those that a text says it has none of."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from train.corpora.prompts import PromptShares, sample_prompt

TYPES = ["person", "location", "organization", "ship", "film"]
NO_CHANGE = {"thinned": 0.0, "absent": (0,), "renamed": 0.0}


def drawn(seed: int, present: list[str], **shares: Any) -> set[str]:
    made = PromptShares(**{**NO_CHANGE, **shares})
    prompt = sample_prompt(TYPES, present, [], random.Random(seed), any_type=False, shares=made)
    return set(prompt.names)


def test_a_narrowed_prompt_keeps_what_occurs_and_three_types() -> None:
    sizes = set()
    for seed in range(100):
        names = drawn(seed, ["ship"], narrowed=1.0)
        assert "ship" in names
        sizes.add(len(names))
    assert sizes == {3, 4, 5}


def test_a_prompt_may_lose_a_type_that_occurs() -> None:
    for seed in range(50):
        assert len(set(TYPES) - drawn(seed, ["ship", "film"], unknown=1.0)) == 1
        assert set(TYPES) - drawn(seed, ["ship", "film"], unknown=1.0) <= {"ship", "film"}
    assert drawn(0, [], unknown=1.0) == set(TYPES)


def test_a_prompt_may_ask_for_nothing_that_occurs() -> None:
    for seed in range(50):
        left = drawn(seed, ["ship", "film"], nothing=1.0)
        assert left
        assert left <= {"person", "location", "organization"}
        assert drawn(seed, TYPES, nothing=1.0) == set(TYPES), "without absent types a prompt would be empty"


@pytest.mark.parametrize("long", [False, True])
def test_where_all_types_occur_such_a_prompt_asks_for_absent_ones(long: bool) -> None:
    shares = PromptShares(nothing=1.0, absent=(0,))
    for seed in range(50):
        prompt = sample_prompt(
            TYPES, TYPES, ["gene", "law", "person"], random.Random(seed), any_type=False, long=long, shares=shares
        )
        assert prompt.types
        assert set(prompt.types) <= {"gene", "law"}
        assert not prompt.names


def test_of_a_large_taxonomy_such_a_prompt_asks_for_other_types() -> None:
    types = [f"kind {number}" for number in range(100)]
    for seed in range(50):
        prompt = sample_prompt(
            types, types[:3], [], random.Random(seed), any_type=False, shares=PromptShares(nothing=1)
        )
        assert prompt.types
        assert not {"kind 0", "kind 1", "kind 2"} & set(prompt.names)


def test_types_that_a_text_has_none_of_are_asked_for_beside_its_own() -> None:
    near = ["price", "postcode", "ISBN"]
    counts: Counter[str] = Counter()
    for seed in range(200):
        shares = PromptShares(thinned=0, absent=(0,), renamed=0, nothing=0.5 * (seed % 2))
        prompt = sample_prompt(
            TYPES,
            ["ship"],
            [],
            random.Random(seed),
            near=near,
            any_type=False,
            never=["ISBN"],
            shares=shares,
        )
        assert prompt.types
        counts.update(prompt.types)
        assert not set(near) & set(prompt.names)
    assert counts["ISBN"] == 0  # kept for a test
    assert 100 < counts["price"] < 200
    assert 100 < counts["postcode"] < 200
    assert 120 < counts["ship"] < 180


def test_without_these_shares_prompts_are_drawn_as_before() -> None:
    for seed in range(50):
        plain = sample_prompt(TYPES, ["ship"], ["gene"], random.Random(seed), any_type=False)
        same = sample_prompt(
            TYPES,
            ["ship"],
            ["gene"],
            random.Random(seed),
            any_type=False,
            shares=PromptShares(narrowed=0, unknown=0, nothing=0),
        )
        assert plain == same
