"""What the extractor is asked for: some types more than users do, where they name few."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cascade.text.type_spelling import spelled

COMMON_TYPES = ("person", "organization", "location")
ANY_TYPE = "any"  # alone, it asks for spans of all types
FEWEST = 4  # names the extractor is asked for at least, if there are common ones to add


def asked_of_extractor(types: Sequence[str], known: Collection[str]) -> list[str]:
    """The names that the extractor is asked for: those of `types`, behind them, where they are few, the common ones
    that it was trained on, `known`.

    Asked for few, adapters that were trained on many mark little of them (`train/LOG.md`); the classifier, which is
    asked for `types` alone, rejects what was marked for the others.  Names that differ from a common one in their
    spelling alone are that one.
    """
    if len(types) >= FEWEST:
        return list(types)
    named = {spelled(name).casefold() for name in types}
    return [*types, *(name for name in COMMON_TYPES if name in known and name not in named)]


def is_any_type(types: Sequence[str]) -> bool:
    """Whether spans of all types are asked for, which the classifier does not type."""
    return len(types) == 1 and spelled(types[0]).casefold() == ANY_TYPE
