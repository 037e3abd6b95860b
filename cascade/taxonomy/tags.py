"""Tags of BIO files, such as B-PER and I-PER, told from types that are called so, such as B-cell and E-mail."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from cascade.errors import TaxonomyError, shown

OUTSIDE = "O"
_TAG = re.compile(r"([BIESLUM])([-_])([^\W\d_]\S*)", re.IGNORECASE)
_TAG_BEHIND = re.compile(r"(\S*\w)([-_])([BI])", re.IGNORECASE)  # as in PER-B
# beside a begin, what else a list must have of a type to be one of tags: B-corp and S-corp, B-cell and L-cell are names
_BESIDE_BEGIN = ({"i"}, {"e"}, {"l", "u"})
# the abbreviations that names of types are spelled out of, in any case
LABELS = ("per", "pers", "org", "loc", "misc", "gpe", "fac", "norp")
_SHORT = frozenset((*LABELS, "person", "organization", "organisation", "location"))
_ARE_SHORT = re.compile(rf"({'|'.join(_SHORT)})([-._:]\S*|\d+)?")  # with what corpora divide them by: LOC.NAM, GPE2
# types of OntoNotes, WNUT, BC5CDR and NCBI; not those that are names with a letter before them, such as cell and group
_KNOWN = _SHORT | frozenset(
    (
        *("miscellaneous", "facility", "product", "event", "work of art", "law", "language", "date", "time", "percent"),
        *("money", "quantity", "ordinal", "cardinal", "corporation", "creative work", "geo loc", "disease", "chemical"),
    )
)
_NAMES = frozenset(("e-event", "e-law", "e-money", "e-product", "m-money", "s-corporation"))


def refuse_tags(names: Iterable[str]) -> None:
    """Raises TaxonomyError for tags of BIO files among the names of one list, where it is sure that they are such.

    It is where they are of a known type, where the list also has the other tags that there have to be, and where `O`
    stands beside them; otherwise B-cell, S-phase and U-boat are names.
    """
    listed = tuple(names)
    types = _types_of_tags(listed)
    if not types:
        return
    alone: dict[str, str] = {}
    for name in listed:
        if type := types.get(name, name):
            alone.setdefault(type.casefold(), type)
    tag = next(tag for tag, type in types.items() if type)
    with_blank = re.sub("^(.)[-_]|[-_](?=.$)", r"\1 ", tag, count=1)
    raise TaxonomyError(
        f"{shown(tag)} is a tag, as BIO files have them, and no type; expected the types alone, "
        f"{shown(','.join(alone.values()))}. Leave out the letters of tags; where a type is called so, write a blank: "
        f"{shown(with_blank)}"
    )


def _types_of_tags(names: Sequence[str]) -> Mapping[str, str]:
    """The type of each tag, that of `O` empty; nothing where it is not sure that there are tags."""
    tags = {name: match for name in names if (match := _TAG.fullmatch(name))}
    parts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for match in tags.values():
        parts[_kind(match)].add(match[1].lower())
    sure = {match[2] for match in tags.values() if _is_known(match)}
    sure |= {joined for (joined, _), letters in parts.items() if _is_whole(joined, letters)}
    if OUTSIDE in names and any(joined == "-" and letters & {"b", "i"} for (joined, _), letters in parts.items()):
        sure.add("-")
    if not sure:
        return _types_of_tags_behind(names)
    types = {
        name: match[3]
        for name, match in tags.items()
        if match[2] in sure and (parts[_kind(match)] & {"b", "i"} or _is_known(match))
    }
    return {**types, OUTSIDE: ""}


def _kind(match: re.Match[str]) -> tuple[str, str]:
    """What joins a tag's two parts, and its type: the same for all tags of one type."""
    return match[2], match[3].casefold()


def _is_known(match: re.Match[str]) -> bool:
    """Whether a tag alone shows that it is one, by its type."""
    letter, joined, type = match[1].lower(), match[2], match[3].casefold()
    if letter in "bi" and joined == "-" and _ARE_SHORT.fullmatch(type):
        return True
    if joined == "_":  # b_date may be a date of birth
        return letter in "bi" and type in LABELS
    words = re.sub("[-_]", " ", type).rstrip("0123456789")
    return words in _KNOWN and f"{letter}-{type}" not in _NAMES


def _is_whole(joined: str, letters: set[str]) -> bool:
    """Whether these are the tags that entities of several words need."""
    others = _BESIDE_BEGIN if joined == "-" else _BESIDE_BEGIN[:1]  # B_DATE and E_DATE may be a begin and an end
    return "b" in letters and any(each <= letters for each in others)


def _types_of_tags_behind(names: Sequence[str]) -> Mapping[str, str]:
    """As `_types_of_tags`, of tags whose letter stands behind the type; vitamin-B and hepatitis-E are none."""
    parts: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for name in names:
        if (match := _TAG_BEHIND.fullmatch(name)) and _ARE_SHORT.fullmatch(match[1].casefold()):
            parts[match[2], match[1].casefold()][name] = match[1]
    types = {name: type for each in parts.values() if len(each) > 1 for name, type in each.items()}
    return {**types, OUTSIDE: ""} if types else {}
