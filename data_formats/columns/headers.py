"""Rows and prefixes that name things: a header above the columns, the index of a row, a language before each token."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cascade.languages.identification import is_known_language

INDEX = re.compile(r"(?P<number>[0-9]{1,9})(?:-(?P<last>[0-9]{1,9})|(?P<empty_node>\.[0-9]+))?")
# Names of columns in headers of published files; a column of tokens and one of labels must both be named so.
_TOKENS = frozenset("token tokens word words form text text_token surface".split())
_LABELS = frozenset(
    "label labels tag tags ner ner_tag ner_tags nertag entity entities ne bio iob type types class classes category "
    "entity_type entity_label gold".split()
)
_LANGUAGE = re.compile(r"(?P<language>[a-z]{2,3}(?:-[a-z]+)*):")


def is_header(columns: Sequence[str], token: int) -> bool:
    """Whether a file's first row names the columns: the token's and, behind it, one of labels."""
    names = [column.strip().casefold() for column in columns]
    return len(names) > token + 1 and names[token] in _TOKENS and any(name in _LABELS for name in names[token + 1 :])


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
