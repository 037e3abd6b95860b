"""Mixtures that build on another one: its entries, with fewer documents, other values and further corpora."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from cascade.errors import shown
from train.corpora.mixture_entry import MixtureError, name_of

KEYS = ("extends", "share_of_documents")


def extended_file(given: Mapping[str, Any], source: Path, within: Collection[Path]) -> Path | None:
    """The mixture beside this one that it extends; None if it extends none.

    within: this file and those that extend it. Raises MixtureError if there is no such file, or if it extends this one.
    """
    if not any(key in given for key in KEYS):
        return None
    name = given.get("extends")
    if not isinstance(name, str) or not (source.parent / name).is_file() or Path(name).name != name:
        raise MixtureError(
            f"{source}: extends is {shown(name)}; expected the name of a mixture beside this one, such as any_type.yaml"
        )
    if source.parent / name in within:
        raise MixtureError(f"{source}: extends {name}, which extends this one; expected a mixture that does not")
    return source.parent / name


def thinned(entries: Sequence[Mapping[str, Any]], given: Mapping[str, Any], source: Path) -> list[dict[str, Any]]:
    """The entries with the `share_of_documents` of their `documents`, at least one; entries without a number stay."""
    share = given.get("share_of_documents", 1)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise MixtureError(f"{source}: share_of_documents is {shown(share)}; expected a number above 0, at most 1")
    return [
        {**entry, **({"documents": max(1, round(share * entry["documents"]))} if "documents" in entry else {})}
        for entry in entries
    ]


def put_onto(
    entries: Sequence[Mapping[str, Any]], own: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], list[int]]:
    """The entries with those of another list put onto them, and the place of each of the latter among all.

    One with the path and name of an entry replaces those keys of it that it holds; others come after all.
    """
    result = [dict(entry) for entry in entries]
    known = {_which(entry): place for place, entry in enumerate(result)}
    places = []
    for entry in own:
        place = known.get(_which(entry))
        if place is None:
            place = len(result)
            result.append({})
        result[place] |= entry
        places.append(place)
    return result, places


def _which(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry["path"]), name_of(entry)
