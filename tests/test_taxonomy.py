"""Taxonomies and all the forms in which users have them."""

from typing import Any

import pytest

from cascade.errors import TaxonomyError
from cascade.taxonomy.parsing import parse_taxonomy
from cascade.taxonomy.tree import EntityType, Taxonomy


def test_labels_are_bare_names_unless_shared() -> None:
    taxonomy = parse_taxonomy({"location": {"address": ["address", "road"]}, "event": None})
    assert taxonomy.labels() == {
        ("location",): "location",
        ("location", "address"): "location > address",
        ("location", "address", "address"): "address",
        ("location", "address", "road"): "road",
        ("event",): "event",
    }


def test_leaves_that_share_a_name_are_called_by_their_paths() -> None:
    taxonomy = parse_taxonomy({"event": ["other"], "product": ["other"]})
    assert list(taxonomy.labels().values()) == ["event", "event > other", "product", "product > other"]


def test_depth_counts_levels() -> None:
    assert parse_taxonomy({"a": ["b"], "c": {"d": {"e": None}}}).depth == 3


def test_names_are_tidied() -> None:
    assert EntityType("  real   person ").name == "real person"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "food, drink",
            "type name 'food, drink' holds ',', which ends a name in the prompt, so that it would be read as two; "
            "expected a name without. Part types by commas; within a name write a word such as 'and' instead",
        ),
        (
            "place | Ada",
            "type name 'place | Ada' holds '|', which ends a name in the prompt, so that it would be read as two; "
            "expected a name without. Part types by commas; within a name write a word such as 'and' instead",
        ),
        ("", "type name '' is empty or not a string; expected a name such as 'person'"),
        (" \u00a0\u3000", "type name ' \\xa0\\u3000' is empty or not a string; expected a name such as 'person'"),
        ("\u200b", "type name '\\u200b' is empty or not a string; expected a name such as 'person'"),
        (b"person", "type name b'person' is empty or not a string; expected a name such as 'person'"),
        (3, "type name 3 is empty or not a string; expected a name such as 'person'"),
        (None, "type name None is empty or not a string; expected a name such as 'person'"),
        ("a\nb", "type name 'a\\nb' holds a control character; expected one line of text"),
        ("a\x85b", "type name 'a\\x85b' holds a control character; expected one line of text"),
        ("\udc00", "'\\udc00' holds a lone surrogate, which is not valid Unicode; repair the source's encoding"),
    ],
)
def test_names_that_no_prompt_could_show_are_refused(name: Any, message: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        Taxonomy.flat(["person", name])
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("one", "other"),
    [("caf\u00e9", "cafe\u0301"), ("Stra\u00dfe", "STRASSE"), ("person", "per\u00adson"), ("a b", "a\u2028b")],
)
def test_names_that_look_alike_are_one_name(one: str, other: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        Taxonomy.flat([one, other])
    other = " ".join(other.split())
    both = f"{other!r} twice" if one == other else f"{one!r} and {other!r}, which are one name"
    assert str(caught.value) == f"the taxonomy names {both}; expected each type once"


def test_names_are_called_as_they_were_given() -> None:
    assert [
        root.name
        for root in Taxonomy.flat(
            ["cafe\u0301", "\u0633\u0627\u0632\u0645\u0627\u0646\u200c\u0647\u0627", "C++ / C#", "a > b"]
        ).roots
    ] == [
        "cafe\u0301",
        "\u0633\u0627\u0632\u0645\u0627\u0646\u200c\u0647\u0627",
        "C++ / C#",
        "a > b",
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"a": ["b"], "c": ["b"], "a > b": None},
            "t: the types 'b' under 'a' and 'a > b' would both be called 'a > b' in results; "
            "expected names without '>' or '*' there, so rename one",
        ),
        (
            {"x": ["a"], "a": ["*", "d"], "y": ["*"]},
            "t: the types 'a' and '*' under 'a' would both be called 'a > *' in results; "
            "expected names without '>' or '*' there, so rename one",
        ),
        (
            {"a": {"b > c": ["x"], "b": ["c"]}, "d": {"c": None, "b > c": ["y"]}},
            "t: the types 'b > c' under 'a' and 'c' under 'b' under 'a' would both be called 'a > b > c' in results; "
            "expected names without '>' or '*' there, so rename one",
        ),
    ],
)
def test_two_nodes_that_would_be_called_the_same_are_refused(value: object, message: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        parse_taxonomy(value, "t")
    assert str(caught.value) == message


def test_a_name_that_holds_the_separator_is_fine_where_nothing_else_is_called_so() -> None:
    assert list(parse_taxonomy({"a": ["b"], "a > b": None}).labels().values()) == ["a", "b", "a > b"]


@pytest.mark.parametrize("roots", [["person"], "person", (None,), {"person": 1}])
def test_a_taxonomy_is_made_of_types_alone(roots: Any) -> None:
    with pytest.raises(TaxonomyError) as caught:
        Taxonomy(roots)
    assert (
        str(caught.value) == f"the roots are {roots!r}; expected EntityTypes. "
        "Taxonomy.flat makes them of names, parse_taxonomy of JSON values"
    )


def test_leaves_are_asked_for_by_the_names_of_results() -> None:
    tree = parse_taxonomy({"agent": ["person", "company"], "place": ["river", "other"], "other": []})
    assert tree.flattened() == Taxonomy.flat(["person", "company", "river", "place > other", "other"])
    assert Taxonomy.flat(["b", "a"]).flattened() == Taxonomy.flat(["b", "a"])


def test_leaves_that_differ_in_case_alone_cannot_be_asked_for_together() -> None:
    with pytest.raises(TaxonomyError, match="the taxonomy names 'apple' and 'Apple', which are one name; expected"):
        parse_taxonomy({"fruit": ["apple"], "company": ["Apple"]}).flattened()
