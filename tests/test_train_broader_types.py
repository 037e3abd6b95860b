"""Broader types in prompts: what a type that was left out is called, and that nothing is called so that is asked for
itself.
"""

from __future__ import annotations

import random

from train.corpora.broader_types import broader_types_of, with_broader_types
from train.corpora.prompts import Prompt

BROADER = broader_types_of(
    {"creative work": ["film", "book"], "person": ["politician", "writer"], "miscellaneous": ["film", "book", "award"]}
)
TYPES = ["politician", "writer", "film", "award", "person", "river"]


def drawn(prompt: Prompt, types: list[str] = TYPES, count: int = 400) -> list[Prompt]:
    return [with_broader_types(prompt, types, BROADER, random.Random(seed)) for seed in range(count)]


def test_names_keep_the_order_of_the_mixture() -> None:
    assert BROADER["film"] == ("creative work", "miscellaneous")
    assert BROADER["award"] == ("miscellaneous",)
    assert "river" not in BROADER


def test_a_type_that_was_left_out_is_called_by_its_narrowest_broader_type_that_is_asked_for() -> None:
    for prompt in drawn(Prompt(("writer", "enzyme"), {"writer": "writer"})):
        assert prompt.types is not None
        assert len(set(prompt.types)) == len(prompt.types)
        assert (
            {"writer", "enzyme"}
            <= set(prompt.types)
            <= {"writer", "enzyme", "person", "creative work", "miscellaneous"}
        )
        assert prompt.names["writer"] == "writer"  # asked for itself
        asked = set(prompt.types)
        assert prompt.names.get("politician") == prompt.names.get("person") == ("person" if "person" in asked else None)
        assert prompt.names.get("film") == (
            "creative work" if "creative work" in asked else "miscellaneous" if "miscellaneous" in asked else None
        )
        assert prompt.names.get("award") == ("miscellaneous" if "miscellaneous" in asked else None)
        assert "river" not in prompt.names


def test_a_broader_type_is_called_as_the_prompt_calls_it() -> None:
    prompts = drawn(Prompt(("people", "writer"), {"person": "people", "writer": "writer"}))
    assert all(prompt.names["person"] == "people" and "person" not in (prompt.types or ()) for prompt in prompts)
    assert {prompt.names.get("politician") for prompt in prompts} == {"people"}  # whether more was asked for or not


def test_some_prompts_stay_and_each_broader_type_is_asked_for_in_some() -> None:
    prompt = Prompt(("river",), {"river": "river"})
    prompts = drawn(prompt)
    assert (
        0.4 < sum(each == prompt for each in prompts) / len(prompts) < 0.55
    )  # two in five, and those that drew none of three names
    for wide in ("person", "creative work", "miscellaneous"):
        assert 0.22 < sum(wide in (each.types or ()) for each in prompts) / len(prompts) < 0.38
    assert {(each.types or ()).index("person") for each in prompts if "person" in (each.types or ())} >= {0, 1, 2}


def test_prompts_without_types_or_broader_types_of_draw_nothing() -> None:
    untyped, plain, source = (
        Prompt(None, {"writer": "writer"}),
        Prompt(("river",), {"river": "river"}),
        random.Random(1),
    )
    state = source.getstate()
    assert with_broader_types(untyped, TYPES, BROADER, source) is untyped
    assert with_broader_types(plain, ["river"], BROADER, source) is plain
    assert source.getstate() == state


def test_a_broader_type_may_be_spelled_otherwise_in_the_corpus() -> None:
    broader, seen = broader_types_of({"location": ["city"]}), set()
    for seed in range(200):
        prompt = with_broader_types(Prompt(("LOC",), {"LOC": "LOC"}), ["LOC", "city"], broader, random.Random(seed))
        assert prompt.types == ("LOC",)  # not also `location`, which the model reads as the same
        seen.add(prompt.names.get("city"))
        left_out = with_broader_types(Prompt(("river",), {}), ["LOC", "city"], broader, random.Random(seed))
        assert set(left_out.types or ()) <= {"river", "LOC"}
        assert left_out.names.get("city") == left_out.names.get("LOC")
    assert seen == {"LOC"}
