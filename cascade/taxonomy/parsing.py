"""Reads taxonomies from user input: a list on the command line, a text file, or JSON in one of five shapes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cache
from typing import Any

from cascade.errors import TaxonomyError, shown
from cascade.taxonomy.files import text_of
from cascade.taxonomy.tree import EntityType, Taxonomy

MAX_DEPTH = 100  # far above any real taxonomy (the deepest published has 3 levels), far below Python's recursion limit
LEVELS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
NODE_KEYS = {"name", "description", "children"}
SHAPES = (
    "a list of names, a list of objects with 'name', 'description' and 'children', nested objects and lists of names, "
    "an object of descriptions by name, or levels ('first-level', 'second-level', ...)"
)


def parse_types(text: str) -> Taxonomy:
    """The flat taxonomy of a comma-separated list such as 'person, organization'; blanks around names are ignored."""
    names = [name.strip() for name in text.split(",")]
    if ";" in text:
        meant = [" ".join(name.split()) for name in text.replace(";", ",").split(",") if name.strip()]
        raise TaxonomyError(
            f"types {shown(text)} hold ';'; expected names with commas between, such as {','.join(meant) or 'person'}"
        )
    if not any(names):
        raise TaxonomyError(
            f"types {shown(text)} hold no name; expected names with commas between, such as person,organization"
        )
    for position, name in enumerate(names, start=1):
        if not name:
            raise TaxonomyError(
                f"types {shown(text)}: name {position} is empty; expected names with commas between, such as "
                "person,organization"
            )
    with _placed(f"types {shown(text)}"):
        return Taxonomy(tuple(_node(name) for name in names))


def as_taxonomy(types: object) -> Taxonomy:
    """The taxonomy of what a caller gives as types: a taxonomy, names in order, or anything `parse_taxonomy` reads.

    Raises TaxonomyError for anything else, such as a single string, a path, or a set, because a set has no order.
    """
    if isinstance(types, Taxonomy):
        return types
    if isinstance(types, str):
        raise TaxonomyError(
            f"types are given as one string {shown(types)}; expected a list of names such as {shown(types.split(','))}"
        )
    kind = f"types are given as {type(types).__name__} {shown(types)}"
    if isinstance(types, set | frozenset):
        raise TaxonomyError(
            f"{kind}, which has no order, by which results may differ; expected a list of names, such as sorted(types)"
        )
    if isinstance(types, Mapping):
        return parse_taxonomy(_plain(types), "types")
    if isinstance(types, bytes | bytearray | os.PathLike) or not isinstance(types, Iterable):
        remedy = ". Read the file with read_taxonomy(path)" if isinstance(types, os.PathLike) else ""
        raise TaxonomyError(f"{kind}; expected a list of names, a taxonomy, or None for the usual types{remedy}")
    names: list[Any] = [_plain(name) for name in types]
    return parse_taxonomy(names, "types") if any(isinstance(name, dict) for name in names) else Taxonomy.flat(names)


def _plain(value: object) -> object:
    """The value with dicts and lists for other mappings and tuples, as JSON has them."""
    if isinstance(value, Mapping):
        return {key: _plain(below) for key, below in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def read_taxonomy(path: str | os.PathLike[str]) -> Taxonomy:
    """The taxonomy in a file: JSON, or text with one name a line.

    A file is JSON if its name ends in .json or its text starts with { or [. Empty lines of a text file are ignored.
    """
    where = os.fspath(path)
    text = text_of(where)
    if not where.endswith(".json") and text.lstrip()[:1] not in ("{", "["):
        return _parse_name_lines(text, where)
    try:
        value = json.loads(text, object_pairs_hook=_object_without_duplicates)
    except json.JSONDecodeError as error:
        raise TaxonomyError(
            f"{where}:{error.lineno}: not JSON: {error.msg} at column {error.colno}; expected {SHAPES}"
        ) from error
    except TaxonomyError as error:
        raise TaxonomyError(f"{where}: {error}") from error
    except (RecursionError, ValueError) as error:
        raise TaxonomyError(f"{where}: JSON that cannot be decoded: {error}; expected {SHAPES}") from error
    return parse_taxonomy(value, where)


def parse_taxonomy(value: object, where: str = "taxonomy") -> Taxonomy:
    """The taxonomy of a decoded JSON value; `where` starts every error message.

    The value is one of:

    - a list of names, or of objects with 'name' and optionally 'description' and 'children' (in any of these shapes
      except levels);
    - an object with 'first-level': CascadeNER's levels. Names are separated by commas; every further level is an object
      from names of the level above to names. A name may stand under several parents; its entry in a further level then
      holds for all of them;
    - any other object: from a name to its description (text), its subtypes (object or list), an object with
      'description', 'children' or both as above, or nothing (null).
    """
    with _placed(where):
        if isinstance(value, dict) and any(isinstance(key, str) and key.endswith("-level") for key in value):
            return Taxonomy(_roots_of_levels(value))
        return Taxonomy(_nodes(value, "the taxonomy", 1))


def _nodes(value: object, owner: str, depth: int) -> tuple[EntityType, ...]:
    if depth > MAX_DEPTH:
        raise TaxonomyError(f"types are nested more than {MAX_DEPTH} levels deep; expected fewer")
    if isinstance(value, list):
        return tuple(_node_of_item(item, owner, depth) for item in value)
    if not isinstance(value, dict):
        raise TaxonomyError(f"{owner} is {_shown(value)}; expected {SHAPES}")
    if "name" in value and (value.keys() <= NODE_KEYS or isinstance(value["name"], str) and all(map(_node_key, value))):
        raise TaxonomyError(
            f"{owner} is a single object with 'name'; expected a list of such objects, so put it in [ ]"
        )
    for key in value:
        if re.fullmatch(rf"({'|'.join(LEVELS)})[ _-]?level", str(key), re.IGNORECASE):
            expected = f"expected levels as '{LEVELS[0]}-level'"
            raise TaxonomyError(f"{owner} has the key {key!r}, which is close to a level's; {expected}")
    return tuple(_node_of_pair(name, below, depth) for name, below in value.items())


def _node_of_item(item: object, owner: str, depth: int) -> EntityType:
    if isinstance(item, str):
        return _node(item)
    if not isinstance(item, dict) or "name" not in item or not isinstance(item["name"], str):
        raise TaxonomyError(f"{owner} lists {_shown(item)}; expected a name or an object with 'name'")
    unknown = sorted(str(key) for key in item.keys() - NODE_KEYS)
    if unknown:
        close = _node_key(unknown[0])
        meant = f", which is close to {close!r}" if close else ""
        expected = "expected 'name', 'description' and 'children'"
        raise TaxonomyError(f"type {item['name']!r} has the unknown key {unknown[0]!r}{meant}; {expected}")
    description = item.get("description")
    if description is not None and not isinstance(description, str):
        raise TaxonomyError(f"type {item['name']!r} has the description {_shown(description)}; expected a text")
    below = item.get("children")
    children = () if below is None else _nodes(below, f"the children of {item['name']!r}", depth + 1)
    return _node(item["name"], description, children)


def _node_key(key: str) -> str | None:
    """The key of a type object that this one equals or is close to; None if there is none."""
    return next(iter(get_close_matches(str(key).casefold(), sorted(NODE_KEYS), n=1, cutoff=0.8)), None)


def _node_of_pair(name: str, below: object, depth: int) -> EntityType:
    if below is None or isinstance(below, str):
        return _node(name, below)
    if isinstance(below, dict) and _is_described(below):
        return _node_of_item({**below, "name": name}, "the taxonomy", depth)
    return _node(name, None, _nodes(below, f"what stands under {name!r}", depth + 1))


def _is_described(below: dict[str, object]) -> bool:
    """Whether what stands under a name has the keys of a type in a list, but for the name, rather than names."""
    about = below.keys() <= NODE_KEYS - {"name"} and isinstance(below.get("children"), list | dict)
    return "name" not in below and (about or isinstance(below.get("description"), str))


def _node(name: str, description: str | None = None, children: tuple[EntityType, ...] = ()) -> EntityType:
    if any("\ud800" <= c <= "\udfff" for c in description or ""):
        raise TaxonomyError(
            f"{description!r} holds a lone surrogate, which is not valid Unicode; repair the source's encoding"
        )
    return EntityType(name, description, children)


def _roots_of_levels(value: dict[str, object]) -> tuple[EntityType, ...]:
    """The root types that CascadeNER's level JSON describes; equal names on a level share one node."""
    (first, roots), *further = _levels_in_order(value)
    root_names = _level_names(roots, repr(first))
    below: list[dict[str, list[str]]] = []
    above = set(root_names)
    for level, content in further:
        if not isinstance(content, dict):
            raise TaxonomyError(
                f"{level!r} is {_shown(content)}; expected an object from names of the level above to names"
            )
        subtypes = {_tidy(key): _level_names(names, f"{level!r} {key!r}") for key, names in content.items()}
        if len(subtypes) < len(content):
            raise TaxonomyError(
                f"{level!r} has a key twice (blanks do not count); expected each name of the level above once"
            )
        for key in subtypes:
            if key not in above:
                raise TaxonomyError(
                    f"{level!r} has the key {key!r}, which is no type of the level above; expected one of "
                    f"{', '.join(sorted(above))}"
                )
        below.append(subtypes)
        above = {name for names in subtypes.values() for name in names}

    @cache
    def node(name: str, level: int) -> EntityType:
        children = below[level].get(name, []) if level < len(below) else []
        return _node(name, None, tuple(node(child, level + 1) for child in children))

    return tuple(node(name, 0) for name in root_names)


def _levels_in_order(value: dict[str, object]) -> list[tuple[str, object]]:
    known = [f"{ordinal}-level" for ordinal in LEVELS]
    for key, content in value.items():
        if key.endswith("-level") and key not in known:
            raise TaxonomyError(f"unknown level {key!r}; expected {known[0]!r}, {known[1]!r} ... to {known[-1]!r}")
        if not key.endswith("-level") and not isinstance(content, str):
            raise TaxonomyError(
                f"{key!r} stands beside levels and is {_shown(content)}; expected levels and notes such as 'dataset' "
                "only"
            )
    present = [level for level in known if level in value]
    for level, expected in zip(present, known, strict=False):
        if level != expected:
            raise TaxonomyError(f"{level!r} is there without {expected!r}; expected levels without a gap")
    return [(level, value[level]) for level in present]


def _level_names(value: object, owner: str) -> list[str]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TaxonomyError(f"{owner} is {_shown(value)}; expected names with commas between")
    tidy = [_tidy(name) for name in names]
    if not all(tidy):
        raise TaxonomyError(f"{owner} holds an empty name in {value!r}; expected names with commas between")
    return tidy


def _parse_name_lines(text: str, where: str) -> Taxonomy:
    names = []
    for number, line in enumerate(text.split("\n"), start=1):
        for mark, named in ((",", "a comma"), (";", "a semicolon")):
            if mark in line:
                raise TaxonomyError(f"{where}:{number}: {line.strip()!r} holds {named}; expected one name a line")
        if line.lstrip().startswith("# "):
            raise TaxonomyError(f"{where}:{number}: {line.strip()!r} looks like a comment; expected one name a line")
        if line.lstrip().startswith("- ") or line.rstrip().endswith(":"):
            raise TaxonomyError(
                f"{where}:{number}: {line.strip()!r} looks like YAML; expected one name a line, or JSON, such as "
                '{"person": ["writer"], "place": null}'
            )
        if line.strip():
            with _placed(f"{where}:{number}"):
                names.append(_node(line.strip()).name)
    with _placed(where):
        return Taxonomy.flat(names)


def _object_without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise TaxonomyError(f"an object has the key {key!r} twice; expected each name once")
        result[key] = value
    return result


def _tidy(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip()


def _shown(value: object) -> str:
    """The value as error messages show it, cut to a readable length."""
    try:
        text = json.dumps(value, ensure_ascii=True, default=repr) if not isinstance(value, str) else repr(value)
    except (TypeError, ValueError, RecursionError):  # a caller's value may have non-JSON keys or contain itself
        text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


@contextmanager
def _placed(where: str) -> Iterator[None]:
    """Puts `where` in front of every TaxonomyError raised inside."""
    try:
        yield
    except TaxonomyError as error:
        raise TaxonomyError(f"{where}: {error}") from error
