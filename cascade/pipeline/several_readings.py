"""Several readings of the same documents: types called by other names, in other letters, or each asked for alone.

The order of types is none of these ways: results are the same in every order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cascade.document import Document
from cascade.document.fusion import fused
from cascade.errors import TaxonomyError, shown
from cascade.taxonomy.tree import Taxonomy, compared, type_name
from cascade.text.type_spelling import spelled

PROMPTS = ("names", "capitals", "small", "synonyms", "alone")

Read = Callable[..., list[Document]]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What each type is called in a reading, in one prompt or, where each is asked for alone, in several."""

    kind: str
    called: tuple[Mapping[str, str], ...]

    def asks_as(self, other: Prompt) -> bool:
        """Whether the model reads the same types in both."""
        return self._read() == other._read()

    def _read(self) -> list[list[str]]:
        return [sorted(spelled(name) for name in names.values()) for names in self.called]


def prompts(types: Taxonomy, kinds: Sequence[str], synonyms: Mapping[str, str] | None = None) -> list[Prompt]:
    """The prompts of these kinds (PROMPTS) for types on one level; synonyms: other names of some of the types.

    Raises TaxonomyError for unknown kinds, for levels, for synonyms of types that are not asked for, that are no names
    or that two types would share, and for two prompts that ask the same, which would count twice.
    """
    names = [root.name for root in types.roots]
    if types.depth > 1:
        raise TaxonomyError(
            f"the taxonomy has {types.depth} levels; expected one, as names are changed for each reading. Ask for its "
            "leaves (taxonomy.flattened(), --flat)"
        )
    if strange := [name for name in synonyms or {} if name not in names]:
        raise TaxonomyError(f"{shown(strange[0])} gets another name; expected one of the types, {', '.join(names)}")
    made: list[Prompt] = []
    for kind in kinds:
        prompt = Prompt(kind, _called(names, kind, synonyms or {}))
        if same := [other.kind for other in made if other.asks_as(prompt)]:
            raise TaxonomyError(
                f"the readings {same[0]} and {kind} ask for the same names, and would count twice; leave one out"
            )
        made.append(prompt)
    return made


def reading(
    read: Read, documents: Sequence[Document], types: Taxonomy, prompt: Prompt, *, nested: bool = False, **options: Any
) -> list[Document]:
    """What is found by a prompt, under the types' own names; where each is asked for alone, of overlapping entities the
    likelier, or with `nested` of crossing ones.

    read: a cascade, or what is called like one; options: those of its call.
    """
    parts = []
    for called in prompt.called:
        asked = ((root, called[root.name]) for root in types.roots if root.name in called)
        roots = [root if root.name == name else replace(root, name=name, asked_as=name) for root, name in asked]
        own = {other: name for name, other in called.items()}
        found = read(list(documents), Taxonomy(tuple(roots)), **options)
        parts.append([_renamed(document, own) for document in found])
    if len(parts) == 1:
        return parts[0]
    return [fused(each, "max", lowest=0.0, nested=nested) for each in zip(*parts, strict=True)]


def _renamed(document: Document, own: Mapping[str, str]) -> Document:
    return document.with_entities(
        replace(
            entity,
            type=own[entity.type],
            alternatives=tuple((own.get(name, name), score) for name, score in entity.alternatives),
        )
        for entity in document.entities
    )


def _called(names: Sequence[str], kind: str, synonyms: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    if kind == "names":
        return ({name: name for name in names},)
    if kind == "capitals":
        return ({name: name.title() for name in names},)
    if kind == "small":
        return ({name: name.lower() for name in names},)
    if kind == "alone":
        return tuple({name: name} for name in names)
    if kind == "synonyms":
        if not synonyms:
            raise TaxonomyError("a reading with synonyms is asked for, and none is given; expected some (--called)")
        called = {name: synonyms.get(name, name) for name in names}
        _check_called(called)
        return (called,)
    raise TaxonomyError(f"the reading is {shown(kind)}; expected one of {', '.join(PROMPTS)}")


def _check_called(called: Mapping[str, str]) -> None:
    """Raises TaxonomyError for what is no name, and for one that two types would have."""
    owners: dict[str, str] = {}
    for name, other in called.items():
        try:
            type_name(other)
        except TaxonomyError as error:
            raise TaxonomyError(f"{shown(name)} gets another name (--called): {error}") from error
        if (owner := owners.setdefault(compared(other), name)) != name:
            raise TaxonomyError(
                f"{shown(owner)} and {shown(name)} would both be asked for as {shown(other)}; expected another name "
                "for each type (--called)"
            )
