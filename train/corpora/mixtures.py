"""Mixtures: YAML files that list corpora with their languages and what prompts may say; no corpus is read here."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from cascade.commands.renamed_options import renamed_note
from cascade.errors import TaxonomyError, shown
from cascade.taxonomy.tree import type_name
from train.corpora.extended_mixture import KEYS, extended_file, put_onto, thinned
from train.corpora.mixture_entry import MixtureError, check_entry, name_of, prompt_shares
from train.corpora.prompts import SHARES, PromptShares

_TOP = ("absent", "broader", "descriptions", "prompts", "corpora")
# new names of renamed keys, by the old names, which work for one more version
_OLD_TOP = {"wider": "broader"}
_OLD_ENTRY = {"misread": "encoding_repair"}


@dataclass(frozen=True, slots=True)
class Mixture:
    """A mixture's entries as the file holds them, and its lists of types by name.

    absent: lists of absent types. broader: lists of types by the broader type that they belong to, such as person.
    shares: how often prompts are changed. descriptions: what types mean, by name, beside what is known of common ones.
    extended: the files of the mixtures that this one builds on, the next one first.
    """

    source: Path
    entries: tuple[Mapping[str, Any], ...]
    absent: Mapping[str, Sequence[str]]
    broader: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shares: PromptShares = SHARES
    descriptions: Mapping[str, str] = field(default_factory=dict)
    extended: tuple[Path, ...] = ()

    @property
    def languages(self) -> list[str]:
        """The languages that entries name, in the file's order; languages that share adapters are joined by +."""
        return list(dict.fromkeys(entry["language"] for entry in self.entries if "language" in entry))

    def places_of(self, language: str | None) -> list[int]:
        """The indices of the entries of a language and of those for replay, or of all entries for None.

        Raises MixtureError if the language has no entries.
        """
        if language is not None and language not in self.languages:
            known = ", ".join(sorted(self.languages)) or "none, as no entry names one"
            raise MixtureError(f"{self.source}: no entry is of language {language!r}; expected one of {known}")
        return [
            place
            for place, entry in enumerate(self.entries)
            if language is None or entry.get("replay") or entry.get("language") == language
        ]


def is_mixture(source: Path) -> bool:
    """Whether a file lists corpora instead of holding documents."""
    return source.suffix in (".yaml", ".yml")


def read_mixture(source: Path) -> Mixture:
    """The mixture in a file; raises MixtureError, with the place, if it has another form.

    With `extends: OTHER.yaml` it is that of a file beside it, of whose documents `share_of_documents` is drawn; entries
    of the same path and name replace single keys, other entries are added, and other keys replace whole ones. Keys with
    old names are accepted, with a note on standard error, once for each file.
    """
    return _read(source, ())


def _read(source: Path, within: Sequence[Path]) -> Mixture:
    """The mixture in a file; within: the files that extend it."""
    try:
        given = yaml.safe_load(source.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError, yaml.YAMLError) as error:
        raise MixtureError(f"{source}: cannot be read as YAML: {' '.join(str(error).split())}") from error
    mixture = _with_new_keys(given, _OLD_TOP, str(source))
    other = extended_file(mixture, source, (*within, source)) if isinstance(mixture, dict) else None
    base = None if other is None else _read(other, (*within, source))
    own = mixture.get("corpora", [] if base else None) if isinstance(mixture, dict) else None
    if not isinstance(own, list) or not (own or base):
        raise MixtureError(
            f"{source}: found no list `corpora`; expected entries with `path` and `documents`, as in "
            "train/multilingual.yaml"
        )
    own = [_with_new_keys(each, _OLD_ENTRY, f"{source}: corpora[{place}]") for place, each in enumerate(own)]
    if odd := sorted(set(mixture) - {*_TOP, *KEYS}, key=str):
        found = ", ".join(each if each.isprintable() else shown(each) for each in map(str, odd))
        raise MixtureError(f"{source}: found {found}; expected {', '.join((*_TOP, *KEYS))} alone")
    absent, broader = (_lists(mixture, key, source) for key in ("absent", "broader"))
    descriptions = _descriptions(mixture, source)
    if base is not None:
        absent, broader, descriptions = (
            absent or base.absent,
            broader or base.broader,
            descriptions or base.descriptions,
        )
    for place, entry in enumerate(own):
        check_entry(entry, absent, f"{source}: corpora[{place}]", whole=False)
    entries, places = put_onto(thinned(base.entries, mixture, source) if base else [], own)
    for place, of_all in enumerate(places):
        check_entry(entries[of_all], absent, f"{source}: corpora[{place}]")
    for place, entry in enumerate(entries):
        if base is not None and place not in places:  # whose lists may be others than here
            check_entry(entry, absent, f"{source}: the entry {name_of(entry)} of {base.source.name}")
    if all(entry.get("replay") for entry in entries):
        raise MixtureError(f"{source}: all entries are for replay; expected at least one that is not")
    inherits = base is not None and "prompts" not in mixture
    shares = base.shares if base and inherits else prompt_shares(mixture.get("prompts", {}), str(source))
    extended = () if base is None else (base.source, *base.extended)
    return Mixture(source, tuple(entries), absent, broader, shares, descriptions, extended)


def _with_new_keys(given: Any, old_keys: Mapping[str, str], where: str) -> Any:
    """The value from YAML with old keys replaced by their new names; raises MixtureError if both are given."""
    if not isinstance(given, dict):
        return given
    for old, new in old_keys.items():
        if old in given and new in given:
            raise MixtureError(f"{where}: found {old} and {new}, its new name; expected {new} alone")
        if old in given:
            _note(f"{where}: {old}", new)
    return {old_keys.get(key, key) if isinstance(key, str) else key: value for key, value in given.items()}


@cache  # because a mixture is read several times in a run
def _note(old: str, new: str) -> None:
    print(renamed_note(old, new), file=sys.stderr, flush=True)


def _lists(mixture: Mapping[str, Any], key: str, source: Path) -> Mapping[str, Sequence[str]]:
    """Lists of types by name; empty if the file has no such key."""
    lists = mixture.get(key) or {}
    if not isinstance(lists, dict) or not all(
        isinstance(names, list) and all(isinstance(each, str) for each in (key, *names)) for key, names in lists.items()
    ):
        raise MixtureError(
            f"{source}: {key} is {shown(lists)}; expected lists of types by name, as in train/zero_shot.yaml"
        )
    for name, types in lists.items():
        for each in types if key == "absent" else (name, *types):
            try:
                type_name(each)
            except TaxonomyError as error:
                raise MixtureError(f"{source}: {key}: {name}: {error}") from error
    return lists


def _descriptions(mixture: Mapping[str, Any], source: Path) -> Mapping[str, str]:
    """What types mean, by name; empty if the file has no such key."""
    given = mixture.get("descriptions") or {}
    if not isinstance(given, dict) or not all(
        isinstance(each, str) and each.strip() for pair in given.items() for each in pair
    ):
        raise MixtureError(
            f"{source}: descriptions is {given!r}; expected texts by the names of types, such as "
            "{court: a body of judges}"
        )
    return given


def spoken_in(entry: Mapping[str, Any]) -> str | None:
    """The language of an entry's documents that name none: the entry's, unless it names several."""
    language = entry.get("language")
    return None if language is None or "+" in language else str(language)
