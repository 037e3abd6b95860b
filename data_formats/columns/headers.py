"""Rows and prefixes that name things: a header above the columns, the index of a row, a language before each token."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cascade.languages.identification import is_known_language
from data_formats.columns.labels import is_label
from data_formats.columns.spellings import could_be_label

INDEX = re.compile(r"(?P<number>[0-9]{1,9})(?:-(?P<last>[0-9]{1,9})|(?P<empty_node>\.[0-9]+))?")
# Names of columns in headers of published files; a column of tokens and one of labels must both be named so.
_TOKENS = frozenset("token tokens word words form text text_token surface".split())
_TOKENS_ANYWHERE = frozenset("token tokens word words form".split())  # a column "text" behind others holds passages
_LABELS = frozenset(
    "label labels tag tags ner ner_tag ner_tags nertag entity entities ne bio iob type types class classes category "
    "entity_type entity_label gold".split()
)
_NAMES_OF_ENTITIES = re.compile(
    r"(?:.*[-_: ])?(?:ner|ne|ent|iob2?|bio2?|bioes|nertags?)(?:[-_: ](?:tags?|labels?|iob2?|bio))?"
)
_OFFSETS = frozenset("start end begin start_span end_span offset offset1 offset2".split())
_IDS = re.compile(
    r"(?:(?:sentence|sent|doc|document|tweet|text|file)(?:[-_ #]*(?:id|no|nr|number|idx|index))?|filename) *#?"
)
COARSE = "NE-COARSE-LIT"  # github.com/hipe-eval/HIPE-2022-data: the column of its first task
_LANGUAGE = re.compile(r"(?P<language>[a-z]{2,3}(?:-[a-z]+)*):")


def header_of(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The names of the columns if the first of the rows has them, otherwise none.

    One must be that of the token, and another that of labels; or there is a column of labels in which the first row
    alone holds none. Where columns of offsets are named, a row is an entity and no token.
    """
    names = tuple(column.strip() for column in rows[0]) if rows else ()
    folded = [name.casefold() for name in names]
    token = token_named(names)
    if token is None or not _OFFSETS.isdisjoint(folded) or any(name.isdigit() or is_label(name) for name in names):
        return ()
    others = [column for column in range(len(names)) if column != token]
    if any(folded[column] in _LABELS or names_entities(folded[column]) for column in others):
        return names
    return names if any(_heads_labels(column, rows) for column in others) else ()


def _heads_labels(column: int, rows: Sequence[Sequence[str]]) -> bool:
    """Whether all cells of a column are labels, some with a type or O, except the first."""
    if could_be_label(rows[0][column]) or len(rows) < 2 or any(len(row) <= column for row in rows):
        return False
    return all(could_be_label(row[column]) for row in rows[1:]) and any(is_label(row[column]) for row in rows[1:])


def token_named(names: Sequence[str]) -> int | None:
    """The column that is named as columns of tokens are, from 0; None if there is none."""
    folded = [name.casefold() for name in names]
    if folded and folded[0] in _TOKENS:
        return 0
    return next((column for column, name in enumerate(folded) if name in _TOKENS_ANYWHERE), None)


def names_entities(name: str) -> bool:
    """Whether a column's name says that it holds labels of entities, rather than any labels."""
    return _NAMES_OF_ENTITIES.fullmatch(name.casefold()) is not None


def names_ids(name: str) -> bool:
    """Whether a column's name says that it holds ids of sentences or documents."""
    return _IDS.fullmatch(name.casefold()) is not None


def index_of(column: str) -> tuple[int, bool] | None:
    """The number of a row's index, and whether it stands for a word (not a contraction or an empty node)."""
    index = INDEX.fullmatch(column)
    return None if index is None else (int(index["number"]), index["last"] is None and index["empty_node"] is None)


class TokenPrefix:
    """Tells whether all tokens of a file begin with the code of its language, as PAN-X was first distributed."""

    def __init__(self) -> None:
        self._prefixes: set[str] = set()
        self._tokens = 0

    def add(self, tokens: Iterable[str]) -> None:
        """Counts the tokens of a sentence."""
        if "" in self._prefixes or len(self._prefixes) > 1:
            return
        for token in tokens:
            self._tokens += 1
            found = _LANGUAGE.match(token)
            self._prefixes.add(found[0] if found else "")

    @property
    def prefix(self) -> str:
        """The prefix with its colon, such as "en:"; empty if there is none. A file of one token tells nothing."""
        if self._tokens < 2 or len(self._prefixes) != 1:
            return ""
        return next(iter(self._prefixes))


def language_of(prefix: str) -> str | None:
    """The language that a prefix names; None for codes that only PAN-X uses, and if there is no prefix."""
    code = prefix.removesuffix(":")
    return code if code and is_known_language(code) else None
