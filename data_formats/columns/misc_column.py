"""The last column of CoNLL-U and HIPE: flags such as SpaceAfter=No between bars, and features such as NER=B-PER."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from data_formats.columns.labels import OUTSIDE

_KEYS = ("ner", "ne", "name", "entity", "ner_tag", "nertag")  # of Stanza, CLASSLA, NorNE and treebanks like them
_GLUED = ("SpaceAfter=No", "NoSpaceAfter")  # universaldependencies.org/misc.html; github.com/hipe-eval/HIPE-2022-data
SENTENCE_END = "EndOfSentence"
_GOES_ON = re.compile(r"[IMEL]-.")


def flags(columns: Sequence[str], misc: int | None) -> list[str]:
    """What stands between the bars of the column; nothing if there is no such column."""
    return columns[misc].split("|") if misc is not None and misc < len(columns) else []


def is_glued(columns: Sequence[str], misc: int | None) -> bool:
    """Whether no white space follows the token of a row."""
    return any(flag in _GLUED for flag in flags(columns, misc))


def is_partial(flag: str) -> bool:
    """Whether a flag says that a mention is a part of its token."""
    return flag.startswith("Partial-")


def goes_on(columns: Sequence[str], token: int) -> bool:
    """Whether some label of a row continues an entity of the row before it."""
    return any(_GOES_ON.match(cell) for column, cell in enumerate(columns) if column != token)


def feature(columns: Sequence[str], misc: int | None, key: str) -> str | None:
    """The value of a feature of the column; None if the row has no such feature."""
    start = f"{key}="
    return next((flag[len(start) :] for flag in flags(columns, misc) if flag.startswith(start)), None)


def label_of(columns: Sequence[str], misc: int | None, key: str) -> str:
    """The label that a feature holds; O where the row has no such feature."""
    return feature(columns, misc, key) or OUTSIDE


def label_keys(rows: Iterable[Sequence[str]], misc: int) -> dict[str, set[str]]:
    """The features that are called as those with labels of entities are, each with all its values."""
    found: dict[str, set[str]] = {}
    for columns in rows:
        for flag in flags(columns, misc):
            key, equals, value = flag.partition("=")
            if equals and key.casefold() in _KEYS:
                found.setdefault(key, set()).add(value)
    return found
