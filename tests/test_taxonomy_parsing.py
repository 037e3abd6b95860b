"""Taxonomies from what users give: the command line, JSON of many shapes, text files, values of callers."""

from collections import UserDict
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import pytest
from taxonomy_shapes import SHAPES

from cascade.errors import TaxonomyError
from cascade.taxonomy.parsing import MAX_DEPTH, as_taxonomy, parse_taxonomy, parse_types, read_taxonomy
from cascade.taxonomy.tree import EntityType, Taxonomy

DATA = Path(__file__).parent / "data"


def names_of(taxonomy: Taxonomy) -> list[str]:
    return ["/".join(node.name for node in path) for path in taxonomy.paths()]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("person", ["person"]),
        (" person , real person,组织 ", ["person", "real person", "组织"]),
    ],
)
def test_types_of_the_command_line(text: str, names: list[str]) -> None:
    assert parse_types(text) == Taxonomy.flat(names)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "types '' hold no name; expected names with commas between, such as person,organization"),
        ("a,,b", "types 'a,,b': name 2 is empty; expected names with commas between, such as person,organization"),
        ("a,b,", "types 'a,b,': name 3 is empty; expected names with commas between, such as person,organization"),
        ("a, A", "types 'a, A': the taxonomy names 'a' and 'A', which are one name; expected each type once"),
    ],
)
def test_ill_formed_types_of_the_command_line(text: str, message: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        parse_types(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        (["a", "b"], ["a", "b"]),
        ([{"name": "a", "children": ["b", {"name": "c"}]}, "d"], ["a", "a/b", "a/c", "d"]),
        ({"a": {"b": ["c", "d"]}, "e": ["f"]}, ["a", "a/b", "a/b/c", "a/b/d", "e", "e/f"]),
        ({"a": "what a is", "b": None, "c": []}, ["a", "b", "c"]),
        ({"a": {"a": {"a": None}}}, ["a", "a/a", "a/a/a"]),
        ({"first-level": "a, b"}, ["a", "b"]),
        ({"first-level": ["a", "b"], "second-level": {"b": ["c"]}}, ["a", "b", "b/c"]),
    ],
)
def test_shapes_of_json(value: object, paths: list[str]) -> None:
    assert names_of(parse_taxonomy(value)) == paths


@pytest.mark.parametrize(
    "value", [{"person": "a human", "event": ""}, [{"name": "person", "description": "a human"}, "event"]]
)
def test_descriptions_are_kept(value: object) -> None:
    assert parse_taxonomy(value).roots == (EntityType("person", "a human"), EntityType("event"))


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u3000", "\u200b"])
def test_blank_descriptions_are_none(blank: str) -> None:
    names = ["person", "organization", "location"]
    described = parse_taxonomy(dict.fromkeys(names, blank))
    assert not described.is_described
    assert described == Taxonomy.flat(names)
    assert parse_taxonomy([{"name": "person", "description": blank}]) == Taxonomy.flat(["person"])
    assert EntityType("person", blank).description is None
    assert EntityType("person", f"{blank}a human {blank}".strip("\u200b")).description == "a human"


def test_levels_with_names_under_several_parents() -> None:
    assert names_of(read_taxonomy(DATA / "levels.json")) == [
        "location",
        "location/address",
        "location/address/address",
        "location/address/road",
        "product",
        "product/weapon",
        "product/weapon/firearms",
        "product/weapon/biological",
        "product/vehicle",
        "miscellaneous",
        "miscellaneous/award",
        "miscellaneous/miscellaneous",
        "miscellaneous/miscellaneous/god",
        "miscellaneous/miscellaneous/miscellaneous",
        "science entity",
        "science entity/biological",
        "science entity/biological/protein",
        "science entity/biological/species",
    ]


def test_a_level_key_holds_for_every_node_of_its_name() -> None:
    value = {"first-level": "a, b", "second-level": {"a": "other", "b": "other"}, "third-level": {"other": "x"}}
    assert names_of(parse_taxonomy(value)) == ["a", "a/other", "a/other/x", "b", "b/other", "b/other/x"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "t: the taxonomy has no types; expected at least one, such as --types person,organization"),
        ({}, "t: the taxonomy has no types; expected at least one, such as --types person,organization"),
        (3, f"t: the taxonomy is 3; expected {SHAPES}"),
        ("person", f"t: the taxonomy is 'person'; expected {SHAPES}"),
        (["a", 3], "t: the taxonomy lists 3; expected a name or an object with 'name'"),
        (
            [{"description": "x"}],
            't: the taxonomy lists {"description": "x"}; expected a name or an object with \'name\'',
        ),
        (
            [{"name": "a", "colour": "red"}],
            "t: type 'a' has the unknown key 'colour'; expected 'name', 'description' and 'children'",
        ),
        ([{"name": "a", "description": 3}], "t: type 'a' has the description 3; expected a text"),
        ({"a": 3}, f"t: what stands under 'a' is 3; expected {SHAPES}"),
        (
            {"a": {"description": "x", "b": None}},
            "t: type 'a' has the unknown key 'b'; expected 'name', 'description' and 'children'",
        ),
        (
            {"name": "a", "children": ["b"]},
            "t: the taxonomy is a single object with 'name'; expected a list of such objects, so put it in [ ]",
        ),
        ({"a": ["b", "B"]}, "t: type 'a' names 'b' and 'B', which are one name; expected each type once"),
        ([" "], "t: type name ' ' is empty or not a string; expected a name such as 'person'"),
        (["\ud800"], "t: '\\ud800' holds a lone surrogate, which is not valid Unicode; repair the source's encoding"),
        ({"second-level": {}}, "t: 'second-level' is there without 'first-level'; expected levels without a gap"),
        (
            {"first-level": "a", "3rd-level": {}},
            "t: unknown level '3rd-level'; expected 'first-level', 'second-level' ... to 'tenth-level'",
        ),
        (
            {"first-level": "a", "note": []},
            "t: 'note' stands beside levels and is []; expected levels and notes such as 'dataset' only",
        ),
        ({"first-level": "a,,b"}, "t: 'first-level' holds an empty name in 'a,,b'; expected names with commas between"),
        ({"first-level": 3}, "t: 'first-level' is 3; expected names with commas between"),
        (
            {"first-level": "a", "second-level": "b"},
            "t: 'second-level' is 'b'; expected an object from names of the level above to names",
        ),
        (
            {"first-level": "a, b", "second-level": {"c": "d"}},
            "t: 'second-level' has the key 'c', which is no type of the level above; expected one of a, b",
        ),
    ],
)
def test_ill_formed_json_values(value: object, message: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        parse_taxonomy(value, "t")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("types", "paths"),
    [
        (("a", "b"), ["a", "b"]),
        ((name for name in ("b", "a")), ["b", "a"]),
        ({"b": 1, "a": 2}.keys(), ["b", "a"]),
        (
            {"person": {"scientist": None, "artist": "who makes art"}, "place": None},
            ["person", "person/scientist", "person/artist", "place"],
        ),
        ({"person": ["scientist"]}, ["person", "person/scientist"]),
        (["place", {"name": "person", "children": ["scientist"]}], ["place", "person", "person/scientist"]),
        (Taxonomy.flat(["a"]), ["a"]),
    ],
)
def test_types_as_callers_have_them(types: object, paths: list[str]) -> None:
    assert names_of(as_taxonomy(types)) == paths


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ("a,b", "types are given as one string 'a,b'; expected a list of names such as ['a', 'b']"),
        (
            {"a"},
            "types are given as set {'a'}, which has no order, by which results may differ; "
            "expected a list of names, such as sorted(types)",
        ),
        (
            frozenset({"a"}),
            "types are given as frozenset frozenset({'a'}), which has no order, by which results may differ; "
            "expected a list of names, such as sorted(types)",
        ),
        (b"a", "types are given as bytes b'a'; expected a list of names, a taxonomy, or None for the usual types"),
        (5, "types are given as int 5; expected a list of names, a taxonomy, or None for the usual types"),
        (
            PurePosixPath("types.json"),
            "types are given as PurePosixPath PurePosixPath('types.json'); "
            "expected a list of names, a taxonomy, or None for the usual types. "
            "Read the file with read_taxonomy(path)",
        ),
        ({3: None}, "types: type name 3 is empty or not a string; expected a name such as 'person'"),
        ({"a": {(1, 2): None}}, "types: type name (1, 2) is empty or not a string; expected a name such as 'person'"),
        ({"a": {"b"}}, f"types: what stands under 'a' is \"{{'b'}}\"; expected {SHAPES}"),
        ([["a", "b"], "c"], "type name ['a', 'b'] is empty or not a string; expected a name such as 'person'"),
        ([], "the taxonomy has no types; expected at least one, such as --types person,organization"),
    ],
)
def test_types_that_are_none_are_refused(types: object, message: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        as_taxonomy(types)
    assert str(caught.value) == message


def test_depth_has_a_limit_that_is_told() -> None:
    value: object = ["leaf"]
    for _ in range(MAX_DEPTH):
        value = {"a": value}
    with pytest.raises(TaxonomyError, match="^taxonomy: types are nested more than 100 levels deep; expected fewer$"):
        parse_taxonomy(value)


@pytest.mark.parametrize("kind", [dict, MappingProxyType, UserDict])
def test_any_mapping_is_a_taxonomy(kind: Any) -> None:
    given = kind({"person": ("writer", "actor"), "place": kind({"city": "a town"})})
    assert as_taxonomy(given) == parse_taxonomy({"person": ["writer", "actor"], "place": {"city": "a town"}})


@pytest.mark.parametrize(
    "below",
    [
        {"description": "x", "children": ["b", "c"]},
        {"children": {"b": None, "c": None}, "description": "x"},
        {"description": "x", "children": [{"name": "b"}, "c"]},
    ],
)
def test_a_type_may_have_a_description_and_subtypes_under_its_name(below: dict[str, Any]) -> None:
    expected = parse_taxonomy([{"name": "a", "description": "x", "children": ["b", "c"]}, "d"])
    assert parse_taxonomy({"a": below, "d": None}) == expected
    assert parse_taxonomy({"a": {"children": ["b"]}}) == parse_taxonomy([{"name": "a", "children": ["b"]}])
    assert parse_taxonomy({"a": {"description": "x"}}) == parse_taxonomy([{"name": "a", "description": "x"}])
    assert parse_taxonomy({"a": {"description": "x", "children": []}}) == parse_taxonomy({"a": "x"})


def test_children_and_description_are_types_beside_others() -> None:
    found = parse_taxonomy({"family": {"children": None, "parents": None}, "sheet": {"description": None}})
    assert [node.name for root in found.roots for node in root.children] == ["children", "parents", "description"]
