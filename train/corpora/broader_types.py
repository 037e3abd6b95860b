"""Broader types in prompts: a request for persons also means politicians, unless politicians are asked for as well.

Corpora label a span only with its finest type. Without broader types, a prompt that leaves that type out would teach
that the span is none of the requested types.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from train.corpora.prompts import Prompt

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
    for broad in [broad for broad in known if source.random() < _ASKED] if source.random() < _SHARE else []:
        if broad in types:
            names.setdefault(broad, broad)  # a type of the corpus itself, such as a person who is no politician
        called = names.get(broad, broad)
        if called not in asked:
            asked.insert(source.randint(0, len(asked)), called)
    for name in types:
        if name not in names:
            fitting = [
                called for called in (names.get(broad, broad) for broad in broader.get(name, ())) if called in asked
            ]
            names.update((name, called) for called in fitting[:1])
    return replace(prompt, types=tuple(asked), names=names)
