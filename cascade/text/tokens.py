"""Tokenises texts piece by piece; training and inference share this code, so that they cannot drift apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from cascade.errors import BaseModelError
from cascade.text.described import DescribedName
from cascade.text.line_breaks import LineBreak, line_breaks
from cascade.text.pieces import Piece
from cascade.text.sentence_pieces import SentencePieces
from cascade.text.type_spelling import spelled

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CACHED_STRINGS = 50_000  # about 10 MB of short strings; with 200,000, 40 MB, a text takes 44 microseconds, not 48
_MARKS = (("<b>", "</b>"), ("[[", "]]"), ("<<", ">>"), ("((", "))"))
# Characters of white space that are read before a piece: more tell nothing new, and thousands would fill a window.
_LONGEST_BLANK = 32
_BEFORE_WRAPPING = {LineBreak.BLANK: " ", LineBreak.NOTHING: ""}  # what a line break stood for before the wrapping
LABELS = ("O", "B", "I", "E", "S")
# of nested spans the same decisions in each further layer, by other words, each one token of Gemma 3 and Qwen2
_FURTHER_LABELS = (
    ("o", "b", "i", "e", "s"),
    ("out", "begin", "in", "end", "single"),
    ("Out", "Begin", "In", "End", "Single"),
)


class Marks(NamedTuple):
    """The vocabulary ids of the tokens that open and close a span."""

    open: int
    close: int


class PieceTokens:
    """Vocabulary ids of pieces, prompts, marks and label words for one tokenizer.

    Each piece is tokenised by itself, with the white space before it. User text never becomes a special token: the
    pieces split such strings, and the tokenizer reads them as text. The marks are existing tokens of two or more
    punctuation characters, which no piece can spell.

    label_words: the words that the extractor decides among. label_columns: for each of O, B, I, E and S, the index of
    its word.
    """

    label_words: ClassVar[Sequence[str]] = LABELS
    label_columns: ClassVar[Sequence[int]] = range(len(LABELS))

    def __init__(self, tokenizer: Tokenizer | SentencePieces, *, bos_id: int | None, end_id: int, pad_id: int) -> None:
        self._tokenizer = tokenizer
        if not isinstance(tokenizer, SentencePieces):
            tokenizer.encode_special_tokens = True
        self._cache: dict[str, tuple[int, ...]] = {}
        self.bos_id, self.end_id, self.pad_id = bos_id, end_id, pad_id
        self.marks = self._find_marks()
        self.labels = tuple(self._single(f" {word}") for word in self.label_words)

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuilds the object on unpickling: a pickled tokenizer forgets that it reads special tokens as text."""
        made = partial(type(self), bos_id=self.bos_id, end_id=self.end_id, pad_id=self.pad_id)
        return made, (self._tokenizer,)

    def ids(self, strings: Sequence[str]) -> list[tuple[int, ...]]:
        """The vocabulary ids of each string, tokenised by itself.

        They are never empty: a string that the tokenizer drops becomes the end token.
        """
        cache = self._cache  # entries are never removed; when the cache is full, threads continue with an empty one
        new = list({string for string in strings if string not in cache})
        if len(cache) + len(new) > _CACHED_STRINGS:
            cache = self._cache = {}
            new = list(set(strings))
        if new:
            for string, ids in zip(new, self._encoded(new), strict=True):
                cache[string] = tuple(ids) or (self.end_id,)
        return [cache[string] for string in strings]

    def _encoded(self, strings: list[str]) -> list[list[int]]:
        if isinstance(self._tokenizer, SentencePieces):
            return self._tokenizer.ids(strings)
        return [each.ids for each in self._tokenizer.encode_batch_fast(strings, add_special_tokens=False)]

    def pieces(self, text: str, pieces: Sequence[Piece]) -> list[tuple[int, ...]]:
        """The vocabulary ids of each piece of `text`, with its leading white space (only the end of it if it is long).

        A paragraph wrapped at a fixed width is read as if it were not wrapped, so that a name has the same tokens
        wherever its line ends.
        """
        breaks = line_breaks(text)
        return self.ids([_white_space(text, piece, breaks) + text[piece.start : piece.end] for piece in pieces])

    def prefix(self, types: Sequence[str] | None) -> tuple[int, ...]:
        """The prompt before the text, `Types: person, court (a body of judges) |`; `types` None asks for any type."""
        strings = ["Types:"]
        for name in ["any"] if types is None else types:
            meant = [f" ({name.description})"] if isinstance(name, DescribedName) and name.description else []
            strings += [f" {spelled(name)}", *meant, ","]
        ids = [token for string in self.ids([*strings[:-1], " |"]) for token in string]
        return tuple(ids if self.bos_id is None else [self.bos_id, *ids])

    def name(self, type_name: str) -> tuple[int, ...]:
        """The vocabulary ids of a type's name as an answer, the same as in the prefix."""
        return self.ids([f" {spelled(type_name)}"])[0]

    def layer_labels(self, depth: int) -> list[tuple[int, ...]]:
        """The vocabulary ids of the label words of each layer of nested spans; those of the first are `labels`."""
        further = _FURTHER_LABELS[: depth - 1]
        return [self.labels, *(tuple(self._single(f" {word}") for word in words) for words in further)]

    def _find_marks(self) -> Marks:
        for opening, closing in _MARKS:
            ids = self._tokenizer.token_to_id(opening), self._tokenizer.token_to_id(closing)
            if ids[0] is not None and ids[1] is not None:
                return Marks(ids[0], ids[1])
        raise BaseModelError(
            f"the base model's tokenizer has none of the mark pairs {_MARKS} as single tokens; use a base such as "
            "Gemma 3 or Qwen2"
        )

    def _single(self, string: str) -> int:
        ids = self.ids([string])[0]
        if len(ids) != 1:
            raise BaseModelError(
                f"the base model's tokenizer splits the label word {string!r} into {len(ids)} tokens; expected one. "
                "Use another base model"
            )
        return ids[0]


def _white_space(text: str, piece: Piece, breaks: Mapping[int, LineBreak]) -> str:
    """The white space before a piece in the form that is read."""
    white_space = text[max(piece.lead, piece.start - _LONGEST_BLANK) : piece.start]
    return _BEFORE_WRAPPING.get(breaks.get(piece.start, LineBreak.UNSURE), white_space)
