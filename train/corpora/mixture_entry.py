"""The keys of a mixture's entry, and which values each may have."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from cascade.errors import CascadeError, shown
from cascade.languages.identification import named_language
from cascade.taxonomy.tree import type_name
from train.corpora.casing import CASES
from train.corpora.encoding_repair import EXPECTED, is_encoding_repair
from train.corpora.prompts import PromptShares


class MixtureError(CascadeError):
    """A mixture file is not of the expected form."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_count(value: object, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_names(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_text(old) and (new is None or _is_text(new)) for old, new in value.items()
    )


_TEXT = (_is_text, "a text")
_COUNT = (_is_count, "a whole number, 1 or more")
_SHARE = (_is_share, "a share from 0 to 1")
_VALUES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys(("path", "name", "licence", "dev", "absent"), _TEXT),
    **dict.fromkeys(("documents", "dev_documents", "hold_out"), _COUNT),
    **dict.fromkeys(("without_entities", "detokenise", *CASES, "paragraphs", "type_balance", "foreign_lines"), _SHARE),
    **dict.fromkeys(("join_hyphens", "own_prompts", "replay"), (_is_flag, "true or false")),
    "language": (_is_text, 'a code as a string, in quotes where YAML reads it as something else, as "no"'),
    "encoding_repair": (is_encoding_repair, EXPECTED),
    "not_in": (_are_texts, "a list of files"),
    "paragraph_sentences": (lambda value: _is_count(value, 2), "the most sentences of a paragraph, 2 or more"),
    "rename": (_are_names, "new names by the old ones, none for types to be dropped"),
}
# an entry that is mixed in with every language belongs to no language and is not scored
_NOT_WITH_REPLAY = ("language", "dev", "dev_documents", "hold_out")


def name_of(entry: Mapping[str, Any]) -> str:
    """The name of an entry: its own, or that of its folder or file."""
    return str(entry.get("name", Path(entry["path"]).parent.name or Path(entry["path"]).stem))


def check_entry(entry: Any, absent: Collection[str], where: str, *, whole: bool = True) -> None:
    """Raises MixtureError for an entry of another form; `absent` are the names of the mixture's lists.

    whole: whether the entry stands for itself, so that what some of its keys need of others is checked, too.
    """
    if not isinstance(entry, dict) or "path" not in entry or set(entry) - set(_VALUES):
        raise MixtureError(f"{where}: found {shown(entry)}; expected `path` and any of {', '.join(sorted(_VALUES))}")
    for key, value in entry.items():
        fits, expected = _VALUES[key]
        if not fits(value):
            raise MixtureError(f"{where}: {key} {shown(value)}; expected {expected}")
    try:
        for language in entry.get("language", "").split("+"):
            named_language(language)
        for name in entry.get("rename", {}).values():
            if name is not None:
                type_name(name)
    except CascadeError as error:
        raise MixtureError(f"{where}: {error}") from error
    kind = entry.get("absent", "")
    if kind and kind not in absent:
        raise MixtureError(
            f"{where}: absent {kind!r} names no list of types; expected one of {', '.join(absent)}, defined under "
            "`absent`"
        )
    if not whole:
        return
    if "paragraph_sentences" in entry and "paragraphs" not in entry:
        raise MixtureError(
            f"{where}: paragraph_sentences without paragraphs, the share of the documents that stand in such; "
            "expected both"
        )
    if entry.get("own_prompts") and entry.get("paragraphs"):
        raise MixtureError(
            f"{where}: paragraphs beside own_prompts; expected one of these, as types of one sentence may stand "
            "unmarked in its neighbours"
        )
    if "dev_documents" in entry and not {"dev", "hold_out"} & set(entry):
        raise MixtureError(
            f"{where}: dev_documents without documents to take them from; expected dev, a file, or hold_out, a number "
            "of the last ones, too"
        )
    if entry.get("replay") and (odd := [key for key in _NOT_WITH_REPLAY if key in entry]):
        found = ", ".join(odd)
        raise MixtureError(
            f"{where}: {found} beside replay; expected none, as what is mixed in with every language is no language's "
            "own, and not scored"
        )


def prompt_shares(given: Any, where: str) -> PromptShares:
    """How often prompts are changed, from a mixture's `prompts`; raises MixtureError for wrong names and values."""
    known = {each.name for each in fields(PromptShares)}
    if not isinstance(given, dict) or set(given) - known:
        raise MixtureError(f"{where}: prompts is {shown(given)}; expected any of {', '.join(sorted(known))}")
    for name, value in given.items():
        if name == "absent" and not (
            isinstance(value, list) and value and all(_is_count(number, 0) for number in value)
        ):
            raise MixtureError(
                f"{where}: prompts: absent {shown(value)}; expected a list of numbers of types, of which one is drawn, "
                "such as [0, 0, 1]"
            )
        if name != "absent" and not _is_share(value):
            raise MixtureError(f"{where}: prompts: {name} {shown(value)}; expected a share from 0 to 1")
    values: dict[str, Any] = {name: tuple(value) if name == "absent" else float(value) for name, value in given.items()}
    return PromptShares(**values)


def check_renamed(rename: Mapping[str, Any], types: Collection[str], where: str) -> None:
    """Raises MixtureError if a type to rename does not occur."""
    if unknown := sorted(set(rename) - set(types)):
        raise MixtureError(
            f"{where}: rename: {', '.join(unknown)}: no document has such a type; expected some of "
            f"{', '.join(sorted(types))}"
        )
