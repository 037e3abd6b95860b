"""Piece-wise tokenisation: one function for training and inference, so that the two cannot drift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cascade.errors import BaseModelError
from cascade.pieces import Piece

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CACHED_STRINGS = 200_000  # about 40 MB of short strings
_MARKS = (("<b>", "</b>"), ("[[", "]]"), ("<<", ">>"), ("((", "))"))
_LONGEST_BLANK = 32  # white space before a piece that is read; more says nothing more, and thousands of blanks would fill a window
LABELS = ("O", "B", "I", "E", "S")


class Marks(NamedTuple):
    """Vocabulary ids of the tokens that open and close a span."""

    open: int
    close: int


class PieceTokens:
    """Vocabulary ids of pieces, prompts, marks and label words for one tokenizer.

    Each piece is tokenised by itself with the white space before it.  User text never becomes a special token: pieces cut such strings apart, and the
    tokenizer is told to read them as text.  The marks are existing tokens of two punctuation characters or more, which no piece can spell.
    """

    def __init__(self, tokenizer: Tokenizer, *, bos_id: int | None, end_id: int, pad_id: int) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.encode_special_tokens = True
        self._cache: dict[str, tuple[int, ...]] = {}
        self.bos_id, self.end_id, self.pad_id = bos_id, end_id, pad_id
        self.marks = self._find_marks()
        self.labels = tuple(self._single(f" {label}") for label in LABELS)

    def ids(self, strings: Sequence[str]) -> list[tuple[int, ...]]:
        """Vocabulary ids of each string, tokenised by itself; never empty (a string the tokenizer drops becomes the end token)."""
        new = list({string for string in strings if string not in self._cache})
        if len(self._cache) + len(new) > _CACHED_STRINGS:
            self._cache.clear()
            new = list(set(strings))
        if new:
            for string, encoding in zip(new, self._tokenizer.encode_batch_fast(new, add_special_tokens=False), strict=True):
                self._cache[string] = tuple(encoding.ids) or (self.end_id,)
        return [self._cache[string] for string in strings]

    def pieces(self, text: str, pieces: Sequence[Piece]) -> list[tuple[int, ...]]:
        """Vocabulary ids of each piece of `text`, its leading white space included (the last of it where there is a lot)."""
        return self.ids([text[max(piece.lead, piece.start - _LONGEST_BLANK) : piece.end] for piece in pieces])

    def prefix(self, types: Sequence[str] | None) -> tuple[int, ...]:
        """The prompt before the text, `Types: person, organization |`; None asks for any type."""
        names = list(types) if types is not None else ["any"]
        strings = ["Types:", *(part for name in names for part in (f" {name}", ","))]
        ids = [token for string in self.ids([*strings[:-1], " |"]) for token in string]
        return tuple(ids if self.bos_id is None else [self.bos_id, *ids])

    def name(self, type_name: str) -> tuple[int, ...]:
        """Vocabulary ids of a type's name as an answer; the same as in the prefix."""
        return self.ids([f" {type_name}"])[0]

    def _find_marks(self) -> Marks:
        for opening, closing in _MARKS:
            ids = self._tokenizer.token_to_id(opening), self._tokenizer.token_to_id(closing)
            if ids[0] is not None and ids[1] is not None:
                return Marks(ids[0], ids[1])
        raise BaseModelError(f"the base model's tokenizer has none of the mark pairs {_MARKS} as single tokens; use a base such as Gemma 3 or Qwen2")

    def _single(self, string: str) -> int:
        ids = self.ids([string])[0]
        if len(ids) != 1:
            raise BaseModelError(f"the base model's tokenizer splits the label word {string!r} into {len(ids)} tokens; expected one. Use another base model")
        return ids[0]
