"""The types in a training prompt: shuffled, thinned out and padded with absent ones.

So the model learns to read the prompt.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cascade.document import Document
from cascade.text.described import DescribedName
from cascade.text.type_spelling import spelled
from train.corpora.type_words import DESCRIPTIONS, OTHER_NAMES, restyled

MOST_TYPES = 12  # the most types of a large taxonomy that one prompt asks for
MOST_TYPES_LISTED = 24  # the same of a list of types that documents name themselves, which users ask for as a whole
MOST_TYPES_LONG = 48  # the same for a long prompt, for taxonomies of dozens and hundreds of types
_LEAVE_OUT = 0.35  # share of types left out of a thinned prompt
_LEAST_NARROWED = 3  # types that a narrowed prompt keeps, as DynamicNER does (arXiv 2409.11022)
_MOST_ABSENT = 6  # types that a prompt of absent ones alone asks for (not tuned)
_DESCRIBED = 0.8  # share of the types of a prompt with descriptions that have one (not tuned)


@dataclass(frozen=True, slots=True)
class PromptShares:
    """How often prompts are changed, as shares from 0 to 1; a mixture may set others under `prompts`.

    thinned: prompts without some of the corpus' types. absent: how many types that the corpus does not have are added;
    one of these numbers is drawn. renamed: types that are called by another name. restyled: types whose name is
    written otherwise, in capitals or in the plural. described: prompts that say what their types mean. in_order:
    prompts in the corpus' own order. any_type: prompts of the extractor that ask for any type. long: samples with a
    long prompt. narrowed: prompts that lose some types, but none that occurs in their samples, and keep three at
    least. unknown: prompts that lose a type that occurs, so that its spans are none of these. nothing: prompts that
    lose every type that occurs, so that there is nothing to find; where no other type is left, of absent ones.
    """

    thinned: float = 0.25
    absent: tuple[int, ...] = (0, 0, 0, 1, 2, 3)
    renamed: float = 0.12
    restyled: float = 0.0
    described: float = 0.0
    in_order: float = 0.25
    any_type: float = 0.04
    long: float = 0.1
    narrowed: float = 0.0
    unknown: float = 0.0
    nothing: float = 0.0


SHARES = PromptShares()


@dataclass(frozen=True, slots=True)
class Prompt:
    """The names asked for (None: any type), and the name in the prompt of each of the corpus' own types.

    A type that was left out has no name.
    """

    types: tuple[str, ...] | None
    names: Mapping[str, str]


def corpus_types(documents: Sequence[Document]) -> list[str]:
    """The types of a corpus, the most frequent first (ties in alphabetical order)."""
    counts: dict[str, int] = {}
    for document in documents:
        for entity in document.entities:
            counts[entity.type] = counts.get(entity.type, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))


def sample_prompt(
    types: Sequence[str],
    present: Sequence[str],
    absent: Sequence[str],
    random_source: random.Random,
    *,
    near: Sequence[str] = (),
    any_type: bool,
    long: bool = False,
    never: Collection[str] = (),
    shares: PromptShares = SHARES,
    descriptions: Mapping[str, str] = DESCRIPTIONS,
    most: int = MOST_TYPES,
) -> Prompt:
    """A prompt for sentences of a corpus with `types`, most frequent first.

    present: the types that occur in these sentences. absent: types that never occur in the corpus. near: types that do
    not occur in these sentences, although one might look for them there; some are asked for. any_type: whether the
    untyped prompt may be drawn. long: use most of a large taxonomy and many absent types. never: names that other types
    must not get either. shares: how often a prompt is changed. descriptions: what types mean, by name. most: how many
    of `types` a prompt asks for that is not long.
    """
    if any_type and not long and random_source.random() < shares.any_type:
        return Prompt(None, {name: name for name in types})
    if long and len(types) > most:
        others = [name for name in types if name not in present]
        chosen = [*present, *random_source.sample(others, k=len(others))][:MOST_TYPES_LONG]
    elif len(types) > most:
        chosen = [name for name in present if random_source.random() > _LEAVE_OUT / 2] or list(present[:1])
        others = [name for name in types if name not in present]
        if len(chosen) > most:  # any of them, because the most frequent would leave no room for rare ones
            chosen = random_source.sample(chosen, k=most)
        chosen += random_source.sample(others, k=min(len(others), random_source.randint(0, max(0, most - len(chosen)))))
        chosen = chosen or [random_source.choice(list(types))]
    elif len(types) > 1 and random_source.random() < shares.thinned:
        chosen = [name for name in types if random_source.random() > _LEAVE_OUT] or [random_source.choice(list(types))]
    else:
        chosen = list(types)
    chosen = _dynamic(chosen, present, random_source, shares)
    own = _spelled_alike(tuple(types))
    extra = [name for name in absent if same_spelling(name) not in own]
    near = [name for name in near if name not in never and same_spelling(name) not in own]
    if shares.nothing and random_source.random() < shares.nothing:
        possible = extra or near or len(types) > len(present)
        chosen = _without(chosen, present, types, random_source) if possible else chosen
    names = _called(chosen, types, never, random_source, shares)
    more = (
        random_source.randint(0, max(0, MOST_TYPES_LONG - len(chosen))) if long else random_source.choice(shares.absent)
    )
    more = more if chosen or near else random_source.randint(1, _MOST_ABSENT)
    asked = [*names.values(), *random_source.sample(extra, k=min(len(extra), more))]
    if near:
        asked += random_source.sample(near, random_source.randint(1, len(near)))
    asked = _told_apart(asked)
    if random_source.random() >= shares.in_order:
        random_source.shuffle(asked)
    if shares.described and random_source.random() < shares.described:
        asked = _described(asked, {called: name for name, called in names.items()}, descriptions, random_source)
    return Prompt(tuple(asked), names)


def _dynamic(
    chosen: Sequence[str], present: Sequence[str], random_source: random.Random, shares: PromptShares
) -> list[str]:
    """The types of a prompt, thinned without losing one that occurs, or without one that does, where it is drawn."""
    if shares.narrowed and random_source.random() < shares.narrowed:
        others = [name for name in chosen if name not in present]
        right = [name for name in chosen if name in present]
        least = max(0, _LEAST_NARROWED - len(right))
        kept = random_source.sample(others, random_source.randint(min(least, len(others)), len(others)))
        chosen = [name for name in chosen if name in present or name in kept]
    right = [name for name in chosen if name in present]
    if shares.unknown and right and len(chosen) > 1 and random_source.random() < shares.unknown:
        gone = random_source.choice(right)
        chosen = [name for name in chosen if name != gone]
    return list(chosen)


def _without(
    chosen: Sequence[str], present: Sequence[str], types: Sequence[str], random_source: random.Random
) -> list[str]:
    """The types of a prompt that do not occur; where all do, some others of the corpus, if it has any."""
    left = [name for name in chosen if name not in present]
    others = [name for name in types if name not in present]
    return left or random_source.sample(others, min(len(others), random_source.randint(1, MOST_TYPES)))


def _described(
    asked: Sequence[str], own: Mapping[str, str], descriptions: Mapping[str, str], random_source: random.Random
) -> list[str]:
    """The names asked for, most of those whose meaning is known with a description; own: what corpora call them."""
    return [
        DescribedName(name, descriptions[known])
        if (known := own.get(name, name)) in descriptions and random_source.random() < _DESCRIBED
        else name
        for name in asked
    ]


def _called(
    chosen: Sequence[str],
    types: Sequence[str],
    never: Collection[str],
    random_source: random.Random,
    shares: PromptShares,
) -> dict[str, str]:
    """The name in the prompt of each of the types `chosen`; no two are spelled alike."""
    names: dict[str, str] = {}
    own, taken = _spelled_alike(tuple(types)), set(_spelled_alike(tuple(never)))
    for name in chosen:
        called = name
        # names of the corpus' own types are not used for others
        others = [
            other
            for other in OTHER_NAMES.get(name, ())
            if same_spelling(other) not in own and same_spelling(other) not in taken
        ]
        if others and random_source.random() < shares.renamed:
            called = random_source.choice(others)
        if shares.restyled and random_source.random() < shares.restyled:
            other = restyled(called, random_source)
            called = called if same_spelling(other) in own or same_spelling(other) in taken else other
        names[name] = called
        taken.add(same_spelling(called))
    return names


def same_spelling(name: str) -> str:
    """What names that are spelled alike have in common."""
    return spelled(name).casefold()


def _told_apart(names: Sequence[str]) -> list[str]:
    """The names without those that are spelled like an earlier one; the model could not tell them apart."""
    return list({same_spelling(name): name for name in reversed(names)}.values())[::-1]


@lru_cache(maxsize=64)  # because a corpus may have thousands of types, and draws a prompt for each row
def _spelled_alike(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(same_spelling, names))
