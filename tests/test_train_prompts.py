"""Prompts of training: which types are asked for, and under which names."""

from __future__ import annotations

import random

import pytest

from cascade.document import Document, Entity
from cascade.taxonomy.tree import type_name
from cascade.text.described import DescribedName
from cascade.text.type_spelling import spelled
from train.corpora.prompts import (
    MOST_TYPES,
    MOST_TYPES_LONG,
    Prompt,
    PromptShares,
    corpus_types,
    sample_prompt,
)
from train.corpora.type_words import DESCRIPTIONS, OTHER_NAMES, restyled

SMALL = ["person", "location", "organization", "ship"]
LARGE = [f"type {number}" for number in range(40)]
ABSENT = ["protein", "enzyme", "ship", "music genre"]


def prompts(types: list[str], present: list[str], *, any_type: bool = False, count: int = 2000) -> list[Prompt]:
    return [sample_prompt(types, present, ABSENT, random.Random(seed), any_type=any_type) for seed in range(count)]


def test_a_seed_draws_one_prompt() -> None:
    assert prompts(SMALL, SMALL[:1], count=50) == prompts(SMALL, SMALL[:1], count=50)


@pytest.mark.parametrize("types", [SMALL, LARGE, ["ship"]], ids=["few types", "many types", "one type"])
def test_every_prompt_asks_for_each_of_its_names_once(types: list[str]) -> None:
    for prompt in prompts(types, types[:2]):
        assert prompt.types is not None
        assert len(set(prompt.types)) == len(prompt.types)
        assert set(prompt.names) <= set(types)
        assert prompt.names  # at least one type of the corpus
        assert set(prompt.names.values()) <= set(prompt.types)
        for name, called in prompt.names.items():
            assert called == name or called in OTHER_NAMES[name]
        others = set(prompt.types) - set(prompt.names.values())
        assert others <= set(ABSENT) - set(types)  # a type that the corpus has is never asked for as an absent one
        assert len(prompt.names) <= MOST_TYPES


def test_types_are_shuffled_thinned_padded_and_renamed_about_as_often_as_stated() -> None:
    drawn = prompts(SMALL, SMALL)
    count = len(drawn)
    whole = [prompt for prompt in drawn if len(prompt.names) == len(SMALL)]
    assert len(whole) / count == pytest.approx(1 - 0.25 * (1 - 0.65**4), abs=0.03)
    padded = sum(len(prompt.types or ()) > len(prompt.names) for prompt in drawn)
    assert padded / count == pytest.approx(0.5, abs=0.04)
    renamed = sum(prompt.names[name] != name for prompt in drawn for name in SMALL[:3] if name in prompt.names)
    assert renamed / sum(name in prompt.names for prompt in drawn for name in SMALL[:3]) == pytest.approx(
        0.12, abs=0.02
    )
    in_order = sum(
        [name for name in prompt.types or () if name in prompt.names.values()] == list(prompt.names.values())
        for prompt in whole
    )
    assert in_order / len(whole) == pytest.approx(0.25 + 0.75 / 24, abs=0.04)


def test_the_untyped_prompt_is_drawn_for_extractors_alone() -> None:
    drawn = prompts(SMALL, SMALL, any_type=True)
    untyped = [prompt for prompt in drawn if prompt.types is None]
    assert len(untyped) / len(drawn) == pytest.approx(0.04, abs=0.015)
    assert all(prompt.names == {name: name for name in SMALL} for prompt in untyped)
    assert not [prompt for prompt in prompts(SMALL, SMALL) if prompt.types is None]


def test_of_many_types_mostly_those_of_the_sentences_are_asked_for() -> None:
    drawn = prompts(LARGE, LARGE[:3])
    assert sum(name in prompt.names for prompt in drawn for name in LARGE[:3]) / (3 * len(drawn)) > 0.75
    assert all(len(prompt.names) <= MOST_TYPES for prompt in prompts(LARGE, LARGE[:20], count=200))
    assert all(prompt.names for prompt in prompts(LARGE, [], count=200))  # sentences without entities


def test_long_prompts_hold_most_of_a_large_taxonomy_and_many_absent_types() -> None:
    drawn = [
        sample_prompt(LARGE, LARGE[:3], ABSENT, random.Random(seed), any_type=True, long=True) for seed in range(200)
    ]
    assert all(prompt.types is not None and len(prompt.names) == len(LARGE) for prompt in drawn)
    huge = [f"type {number}" for number in range(300)]
    cut = [
        sample_prompt(huge, huge[250:253], ABSENT, random.Random(seed), any_type=True, long=True) for seed in range(50)
    ]
    assert all(len(prompt.names) == MOST_TYPES_LONG and set(huge[250:253]) <= set(prompt.names) for prompt in cut)
    many = [f"absent {number}" for number in range(60)]
    padded = [
        len(sample_prompt(SMALL, SMALL, many, random.Random(seed), any_type=True, long=True).types or ())
        for seed in range(500)
    ]
    assert max(padded) > 40 > 10 > min(padded)


def test_types_of_a_corpus_are_sorted_by_how_often_they_occur() -> None:
    entities = [Entity(index, index + 1, name) for index, name in enumerate(["b", "c", "a", "c", "d", "b", "c"])]
    assert corpus_types([Document("1", "x" * 9, entities=tuple(entities)), Document("2", "")]) == ["c", "b", "a", "d"]
    assert corpus_types([]) == []


def test_prompts_are_changed_as_often_as_asked_for() -> None:
    never = PromptShares(thinned=0, absent=(0,), renamed=0, in_order=1, any_type=0)
    drawn = [
        sample_prompt(SMALL, SMALL, ABSENT, random.Random(seed), any_type=True, shares=never) for seed in range(50)
    ]
    assert {prompt.types for prompt in drawn} == {tuple(SMALL)}
    always = PromptShares(any_type=1)
    assert all(
        sample_prompt(SMALL, SMALL, ABSENT, random.Random(seed), any_type=True, shares=always).types is None
        for seed in range(50)
    )
    padded = PromptShares(absent=(2,))
    for seed in range(50):
        prompt = sample_prompt(SMALL, SMALL, ABSENT, random.Random(seed), any_type=False, shares=padded)
        assert len(prompt.types or ()) == len(prompt.names) + 2


def test_prompts_describe_types_by_their_own_meaning_whatever_they_are_called() -> None:
    shares = PromptShares(described=0.5, renamed=0.5)
    drawn = [sample_prompt(SMALL, SMALL, [], random.Random(seed), any_type=False, shares=shares) for seed in range(500)]
    told = [
        (own, name)
        for prompt in drawn
        for own, called in prompt.names.items()
        for name in prompt.types or ()
        if name == called and isinstance(name, DescribedName)
    ]
    assert {own for own, _ in told} == set(SMALL)
    assert all(name.description == DESCRIPTIONS[own] for own, name in told)
    assert any(own != name for own, name in told)
    some = sum(any(isinstance(name, DescribedName) for name in prompt.types or ()) for prompt in drawn)
    assert some / len(drawn) == pytest.approx(0.5, abs=0.06)
    assert not any(isinstance(name, DescribedName) for prompt in prompts(SMALL, SMALL) for name in prompt.types or ())


def test_prompts_describe_types_by_the_descriptions_that_are_given() -> None:
    shares = PromptShares(described=1.0)
    drawn = [
        sample_prompt(
            ["A", "B"], [], [], random.Random(seed), any_type=False, shares=shares, descriptions={"A": "people"}
        )
        for seed in range(50)
    ]
    told = {
        (name, name.description) for prompt in drawn for name in prompt.types or () if isinstance(name, DescribedName)
    }
    assert told == {("A", "people")}


def test_no_two_types_of_a_prompt_are_spelled_alike() -> None:
    types = ["person", "people", "PER", "location", "places", "city", "cities"]
    shares = PromptShares(renamed=0.9, restyled=0.5)
    for seed in range(500):
        prompt = sample_prompt(types, types, [], random.Random(seed), any_type=False, shares=shares)
        spellings = [spelled(name).casefold() for own, name in prompt.names.items() if own != "PER"]
        assert len(set(spellings)) == len(spellings)


def test_names_are_restyled_in_every_way() -> None:
    made = {restyled("phone number", random.Random(seed)) for seed in range(50)}
    assert made == {"PHONE NUMBER", "Phone number", "Phone Number", "phone numbers"}
    assert {restyled("city", random.Random(seed)) for seed in range(50)} == {"CITY", "City", "cities"}
    assert {restyled("birthday", random.Random(seed)) for seed in range(50)} == {"BIRTHDAY", "Birthday", "birthdays"}
    assert {restyled(name, random.Random(1)) for name in ("IBAN", "Straße", "人名")} == {"IBAN", "Straße", "人名"}


def test_names_and_meanings_may_stand_in_prompts() -> None:
    for own, names in OTHER_NAMES.items():
        assert own not in names
        for name in (own, *names):
            if "," not in own:  # such a type is renamed in mixtures
                assert type_name(name) == name
    for meaning in DESCRIPTIONS.values():
        assert DescribedName("a", meaning).description == meaning


def test_absent_and_near_types_are_not_spelled_like_the_types_asked_for() -> None:
    for seed in range(300):
        prompt = sample_prompt(
            ["PER", "LOC"], ["PER"], ["person", "river"], random.Random(seed), any_type=False, near=["Person", "lake"]
        )
        assert prompt.types is not None
        assert len({spelled(name).casefold() for name in prompt.types}) == len(prompt.types)
        assert set(prompt.names.values()) <= set(prompt.types)
