"""Broader types in prompts: a request for persons also means politicians, unless politicians are asked for as well.

Corpora label a span only with its finest type. Without broader types, a prompt that leaves that type out would teach
that the span is none of the requested types.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from train.corpora.prompts import Prompt, same_spelling

_SHARE = 0.6  # share of prompts in which broader types may be asked for
_ASKED = 0.5  # share of a corpus' broader types that such a prompt asks for


def broader_types_of(by_broader: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The broader types of each type, in the order of `by_broader`.

    by_broader: a mixture's list of types for each broader type.
    """
    result: dict[str, tuple[str, ...]] = {}
    for broad, types in by_broader.items():
        for name in types:
            result[name] = (*result.get(name, ()), broad)
    return result


def with_broader_types(
    prompt: Prompt, types: Sequence[str], broader: Mapping[str, Sequence[str]], source: random.Random
) -> Prompt:
    """The prompt with some broader types of the corpus' `types` added.

    A type that the prompt left out is called by the first of its broader types that is asked for, if there is one.
    """
    known = list(dict.fromkeys(broad for name in types for broad in broader.get(name, ())))
    if prompt.types is None or not known:
        return prompt
    asked, names = list(prompt.types), dict(prompt.names)
    own = {same_spelling(name): name for name in types}

    def called(broad: str) -> str:
        """What the prompt calls a broader type, whose name the corpus or the prompt may spell otherwise."""
        name = own.get(same_spelling(broad))
        if name is not None:
            return names.get(name, name)
        return next((each for each in asked if same_spelling(each) == same_spelling(broad)), broad)

    for broad in [broad for broad in known if source.random() < _ASKED] if source.random() < _SHARE else []:
        if (name := own.get(same_spelling(broad))) is not None:
            names.setdefault(name, name)  # a type of the corpus itself, such as a person who is no politician
        if called(broad) not in asked:
            asked.insert(source.randint(0, len(asked)), called(broad))
    for name in types:
        if name not in names:
            fitting = [each for each in map(called, broader.get(name, ())) if each in asked]
            names.update((name, each) for each in fitting[:1])
    return replace(prompt, types=tuple(asked), names=names)
