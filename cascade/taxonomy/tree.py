"""Taxonomies: forests of entity types of any depth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from unicodedata import category, normalize

from cascade.errors import TaxonomyError, shown
from cascade.taxonomy.tags import refuse_tags

PATH_SEPARATOR = " > "
_ENDS_OF_NAMES = ",|"  # in the prompt `Types: person, place |`, a name with one of these would become two or end it


def type_name(name: object) -> str:
    """A type's name as results show it, with single blanks; raises TaxonomyError for a value that cannot be a name, and
    for what is a tag of a BIO file whatever stands beside it.
    """
    tidied = _tidied(name)
    refuse_tags((tidied,))
    return tidied


def _tidied(name: object) -> str:
    if not isinstance(name, str) or not any(map(_is_seen, name)):
        raise TaxonomyError(f"type name {shown(name)} is empty or not a string; expected a name such as 'person'")
    if not name.isascii() or not name.isprintable():
        if any(category(c) == "Cc" for c in name):
            raise TaxonomyError(f"type name {name!r} holds a control character; expected one line of text")
        if any(category(c) == "Cs" for c in name):
            raise TaxonomyError(
                f"{name!r} holds a lone surrogate, which is not valid Unicode; repair the source's encoding"
            )
    for mark in _ENDS_OF_NAMES:
        if mark in name:
            raise TaxonomyError(
                f"type name {name!r} holds {mark!r}, which ends a name in the prompt, so that it would be read as two; "
                "expected a name without. Part types by commas; within a name write a word such as 'and' instead"
            )
    return " ".join(name.split())


def compared(name: str) -> str:
    """The form in which names are compared: without case or invisible characters, with uniform blanks and accents."""
    if not name.isascii():
        name = "".join(c for c in normalize("NFC", name) if category(c) != "Cf")
    return " ".join(normalize("NFC", name.casefold()).split())


def _is_seen(character: str) -> bool:
    return not character.isspace() and category(character) != "Cf"


@dataclass(frozen=True, slots=True)
class EntityType:
    """A node of a taxonomy: a type's name, an optional description and its subtypes.

    description: without blanks at its ends; a blank one is none.  asked_as: the name that the model is asked for in
    place of `name`, which is that in results; None for the same.
    """

    name: str
    description: str | None = None
    children: tuple[EntityType, ...] = ()
    asked_as: str | None = None

    @property
    def asked_name(self) -> str:
        """The name that the model is asked for."""
        return self.asked_as or self.name

    def undescribed(self) -> EntityType:
        """The type without its description and those of its subtypes."""
        return replace(self, description=None, children=tuple(child.undescribed() for child in self.children))

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _tidied(self.name))
        if self.description is not None and not isinstance(self.description, str):
            raise TaxonomyError(f"type {self.name!r} has the description {shown(self.description)}; expected a text")
        meant = (self.description or "").strip()
        object.__setattr__(self, "description", meant if any(map(_is_seen, meant)) else None)
        if self.asked_as is not None:
            object.__setattr__(self, "asked_as", _tidied(self.asked_as))
        object.__setattr__(self, "children", _as_nodes(self.children, f"the children of {self.name!r}"))
        _refuse_duplicates(self.children, f"type {self.name!r}")


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A forest of types, in the user's order.

    Names of siblings differ in more than case, and no two nodes have the same label in results.
    """

    roots: tuple[EntityType, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "roots", _as_nodes(self.roots, "the roots"))
        if not self.roots:
            raise TaxonomyError("the taxonomy has no types; expected at least one, such as --types person,organization")
        _refuse_duplicates(self.roots, "the taxonomy")
        refuse_tags(path[-1].name for path in self.paths())
        called: dict[str, tuple[str, ...]] = {}
        for names, label in self.labels().items():
            if (other := called.setdefault(label, names)) != names:
                raise TaxonomyError(
                    f"the types {_as_lists(other)} and {_as_lists(names)} would both be called {label!r} in results; "
                    f"expected names without {PATH_SEPARATOR.strip()!r} or '*' there, so rename one"
                )

    @classmethod
    def flat(cls, names: Iterable[str]) -> Taxonomy:
        """A taxonomy of one level; raises TaxonomyError for repeated names and for values that cannot be names."""
        if isinstance(names, str):
            raise TaxonomyError(f"types are given as one string {names!r}; expected a list of names")
        return cls(tuple(EntityType(name) for name in names))

    @property
    def depth(self) -> int:
        """The number of levels of the deepest branch; 1 for a flat list."""

        def below(node: EntityType) -> int:
            return 1 + max((below(child) for child in node.children), default=0)

        return max(below(root) for root in self.roots)

    def paths(self) -> Iterator[tuple[EntityType, ...]]:
        """The path of every node from its root, parents before children."""

        def walk(nodes: tuple[EntityType, ...], above: tuple[EntityType, ...]) -> Iterator[tuple[EntityType, ...]]:
            for node in nodes:
                yield (*above, node)
                yield from walk(node.children, (*above, node))

        return walk(self.roots, ())

    def labels(self) -> dict[tuple[str, ...], str]:
        """The label of each node in results, by its path of names.

        A leaf is labelled by its name alone if no other leaf has that name, an inner node if no other node has it;
        otherwise by its path, joined by ' > '. An inner root that shares its name with a leaf is labelled `name > *`,
        so that no two nodes have the same label.
        """
        paths = list(self.paths())
        leaves = Counter(path[-1].name for path in paths if not path[-1].children)
        nodes = Counter(path[-1].name for path in paths)
        labels = {}
        for path in paths:
            names = tuple(node.name for node in path)
            unique = (nodes if path[-1].children else leaves)[names[-1]] == 1
            inner_root = len(names) == 1 and bool(path[-1].children)
            labels[names] = names[-1] if unique else PATH_SEPARATOR.join((*names, "*") if inner_root else names)
        return labels

    def names_below(self, above: tuple[str, ...]) -> dict[str, str]:
        """What the node just below the path `above` is asked for as, for the label of each node there or deeper."""
        depth, labels, named = len(above), self.labels(), dict[str, str]()
        for path in self.paths():
            names = tuple(node.name for node in path)
            if len(path) > depth and names[:depth] == above:
                named[labels[names]] = path[depth].asked_name
        return named

    @property
    def is_described(self) -> bool:
        """Whether any type has a description."""
        return any(path[-1].description for path in self.paths())

    @property
    def most_described(self) -> int:
        """The most types with descriptions that are asked for at once, which are those just below one type."""
        levels = [self.roots, *(path[-1].children for path in self.paths())]
        return max(sum(node.description is not None for node in level) for level in levels)

    def undescribed(self) -> Taxonomy:
        """The taxonomy without descriptions."""
        return Taxonomy(tuple(root.undescribed() for root in self.roots)) if self.is_described else self

    def in_order(self) -> Taxonomy:
        """The taxonomy with the types of each level in alphabetical order."""
        return Taxonomy(_in_order(self.roots))

    def flattened(self) -> Taxonomy:
        """The leaves as one level, under their labels; raises TaxonomyError if two labels differ only in case."""
        labels = self.labels()
        return Taxonomy(
            tuple(
                EntityType(labels[tuple(node.name for node in path)], path[-1].description, asked_as=path[-1].asked_as)
                for path in self.paths()
                if not path[-1].children
            )
        )


def _in_order(nodes: tuple[EntityType, ...]) -> tuple[EntityType, ...]:
    ordered = sorted(nodes, key=lambda node: (compared(node.asked_name), node.name))
    return tuple(replace(node, children=_in_order(node.children)) for node in ordered)


def _as_nodes(nodes: object, what: str) -> tuple[EntityType, ...]:
    if not isinstance(nodes, tuple | list) or not all(isinstance(node, EntityType) for node in nodes):
        raise TaxonomyError(
            f"{what} are {shown(nodes)}; expected EntityTypes. "
            "Taxonomy.flat makes them of names, parse_taxonomy of JSON values"
        )
    return tuple(nodes)


def _as_lists(names: tuple[str, ...]) -> str:
    """A path as text for messages; unambiguous even if its names hold the separator."""
    return " under ".join(map(repr, reversed(names)))


def _refuse_duplicates(nodes: tuple[EntityType, ...], owner: str) -> None:
    seen: dict[str, str] = {}
    for node in nodes:
        key = compared(node.name)
        before = seen.get(key)
        if before == node.name:
            raise TaxonomyError(f"{owner} names {node.name!r} twice; expected each type once")
        if before is not None:
            raise TaxonomyError(
                f"{owner} names {before!r} and {node.name!r}, which are one name; expected each type once"
            )
        seen[key] = node.name
