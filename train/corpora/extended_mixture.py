"""Mixtures that build on another one: its entries, with fewer documents, other values and further corpora."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from cascade.errors import shown
from train.corpora.mixture_entry import MixtureError

_OWN = ("extends", "share_of_documents")


def extended(source: Path, within: Collection[Path] = ()) -> Any:
    """What a mixture's file says, put onto what the mixture that it `extends` says, if any.

    An entry with the path and name of one of the other mixture replaces the keys that it holds; others are added. With
    `share_of_documents`, from 0 to 1, only this share of the `documents` that the other mixture names is drawn. Other
    keys replace those of the other mixture. Raises MixtureError, with the file, if a file is no YAML, if the other
    mixture is no file beside this one, and if mixtures extend each other. within: the files that extend this one.
    """
    try:
        given = yaml.safe_load(source.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError, yaml.YAMLError) as error:
        raise MixtureError(f"{source}: cannot be read as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(given, dict) or not any(key in given for key in _OWN):
        return given
    name, share = given.get("extends"), given.get("share_of_documents", 1)
    if not isinstance(name, str) or Path(name).name != name:
        raise MixtureError(
            f"{source}: extends is {shown(name)}; expected the name of a mixture beside this one, such as any_type.yaml"
        )
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise MixtureError(f"{source}: share_of_documents is {shown(share)}; expected a number above 0, at most 1")
    other, files = source.parent / name, {*within, source}
    if other in files:
        raise MixtureError(f"{source}: extends {name}, which extends this one; expected a mixture that does not")
    base = extended(other, files)
    own = {key: value for key, value in given.items() if key not in _OWN}
    if not isinstance(base, dict) or not all(_are_entries(each.get("corpora", [])) for each in (base, own)):
        return {**base, **own} if isinstance(base, dict) else base  # the reader of mixtures says what is wrong with it
    corpora = _put_onto([_thinned(entry, share) for entry in base["corpora"]], own.get("corpora", []))
    return {**base, **own, "corpora": corpora}


def _are_entries(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(entry, dict) for entry in given)


def _thinned(entry: Mapping[str, Any], share: float) -> dict[str, Any]:
    """The entry with this share of its documents, at least one; as it is if it names no number or another value."""
    count = entry.get("documents")
    if isinstance(count, bool) or not isinstance(count, int):
        return dict(entry)
    return {**entry, "documents": max(1, round(share * count))}


def _put_onto(entries: Sequence[dict[str, Any]], own: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The entries with those of the other list put onto the ones of the same path and name, or after them."""
    result = [dict(entry) for entry in entries]
    places = {_which(entry): place for place, entry in enumerate(result)}
    for entry in own:
        place = places.get(_which(entry))
        if place is None:
            result.append(dict(entry))
        else:
            result[place] |= entry
    return result


def _which(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry.get("path")), str(entry.get("name"))
