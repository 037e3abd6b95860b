"""Tokens that are a character and the number of its place in a word, as segmented corpora of Chinese have them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from data_formats.spacing import is_unspaced

_NUMBERED = re.compile(r"(?P<character>.)(?P<number>[0-9]+)", re.DOTALL)
_FEWEST = 4  # tokens; fewer tell nothing


class TokenNumbers:
    """Tells whether all tokens of a file end in such a number: 0 at the beginning of a word, then one more each."""

    def __init__(self) -> None:
        self._tokens = 0
        self._fits = True
        self._letters = 0

    def add(self, tokens: Iterable[str]) -> None:
        """Counts the tokens of a sentence."""
        due = 0
        for token in tokens if self._fits else ():
            found = _NUMBERED.fullmatch(token)
            number = -1 if found is None else int(found["number"])
            self._fits = number in (0, due)
            self._letters += found is not None and is_unspaced(found["character"])
            self._tokens += 1
            due = number + 1
            if not self._fits:
                return

    @property
    def are_numbers(self) -> bool:
        """Whether they do, with letters of scripts without spaces before most of the numbers."""
        return self._fits and self._tokens >= _FEWEST and 2 * self._letters >= self._tokens


def without_number(token: str) -> str:
    """The token without the number behind its character."""
    found = _NUMBERED.fullmatch(token)
    return token if found is None else found["character"]
