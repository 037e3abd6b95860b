"""Taxonomies: forests of entity types of any depth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cascade.errors import TaxonomyError

PATH_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class EntityType:
    """A node of a taxonomy: a type's name, its optional description and its subtypes."""

    name: str
    description: str | None = None
    children: tuple[EntityType, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise TaxonomyError(f"type name {self.name!r} is empty or not a string; expected a name such as 'person'")
        if any(ord(c) < 32 for c in self.name):
            raise TaxonomyError(f"type name {self.name!r} holds a control character; expected one line of text")
        object.__setattr__(self, "name", " ".join(self.name.split()))
        _refuse_duplicates(self.children, f"type {self.name!r}")


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A forest of types, in the user's order; sibling names differ, also when case is ignored."""

    roots: tuple[EntityType, ...]

    def __post_init__(self) -> None:
        if not self.roots:
            raise TaxonomyError("the taxonomy has no types; expected at least one, such as --types person,organization")
        _refuse_duplicates(self.roots, "the taxonomy")

    @classmethod
    def flat(cls, names: Iterable[str]) -> Taxonomy:
        """A taxonomy of one level; raises TaxonomyError for empty or repeated names."""
        if isinstance(names, str):
            raise TaxonomyError(f"types are given as one string {names!r}; expected a list of names")
        return cls(tuple(EntityType(name) for name in names))

    @property
    def depth(self) -> int:
        """Levels of the deepest branch; 1 for a flat list."""

        def below(node: EntityType) -> int:
            return 1 + max((below(child) for child in node.children), default=0)

        return max(below(root) for root in self.roots)

    def paths(self) -> Iterator[tuple[EntityType, ...]]:
        """Every node as its path from a root, parents before children."""

        def walk(nodes: tuple[EntityType, ...], above: tuple[EntityType, ...]) -> Iterator[tuple[EntityType, ...]]:
            for node in nodes:
                yield (*above, node)
                yield from walk(node.children, (*above, node))

        return walk(self.roots, ())

    def labels(self) -> dict[tuple[str, ...], str]:
        """What each node is called in results, by its path of names.

        A leaf has its bare name where no other leaf shares it, an inner node where no other node does; otherwise the path, joined by ' > '.  An inner
        root that shares its name with a leaf is called `name > *`, so that no two nodes are called the same.
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

    def flattened(self) -> Taxonomy:
        """The leaves as one level, called as in results; raises TaxonomyError where two of them differ in case alone."""
        labels = self.labels()
        return Taxonomy.flat(labels[tuple(node.name for node in path)] for path in self.paths() if not path[-1].children)


def _refuse_duplicates(nodes: tuple[EntityType, ...], owner: str) -> None:
    seen: set[str] = set()
    for node in nodes:
        key = node.name.casefold()
        if key in seen:
            raise TaxonomyError(f"{owner} names {node.name!r} twice; expected each type once")
        seen.add(key)
