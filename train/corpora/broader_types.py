"""Wider names in prompts: who asks for persons means politicians too, unless politicians are asked for themselves.

Corpora give a span its finest type alone, and a prompt that leaves that type out would teach that the span is none of
what it asks for.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from train.corpora.prompts import Prompt

_SHARE = 0.6  # share of prompts in which wider names may be asked for
_ASKED = 0.5  # share of a corpus' wider names that are asked for there


def wider_names(by_name: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """For each type the wider names that it has, in the order of `by_name`, a mixture's list of types for each
    wider name.
    """
    result: dict[str, tuple[str, ...]] = {}
    for wide, types in by_name.items():
        for name in types:
            result[name] = (*result.get(name, ()), wide)
    return result


def with_wider(
    prompt: Prompt, types: Sequence[str], wider: Mapping[str, Sequence[str]], source: random.Random
) -> Prompt:
    """The prompt with some wider names of the corpus' `types` asked for too; a type that was left out is called by
    its first one that is asked for, if any.
    """
    known = list(dict.fromkeys(wide for name in types for wide in wider.get(name, ())))
    if prompt.types is None or not known:
        return prompt
    asked, names = list(prompt.types), dict(prompt.names)
    for wide in [wide for wide in known if source.random() < _ASKED] if source.random() < _SHARE else []:
        if wide in types:
            names.setdefault(wide, wide)  # a type of the corpus itself, such as a person who is no politician
        called = names.get(wide, wide)
        if called not in asked:
            asked.insert(source.randint(0, len(asked)), called)
    for name in types:
        if name not in names:
            fitting = [called for called in (names.get(wide, wide) for wide in wider.get(name, ())) if called in asked]
            names.update((name, called) for called in fitting[:1])
    return Prompt(tuple(asked), names)
