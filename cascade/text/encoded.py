"""Texts in the form that both stages read: cut into pieces, tokenised and split into windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cascade.text.pieces import Piece, cut
from cascade.text.tokens import PieceTokens
from cascade.text.windows import Window, is_read_whole, sentence_windows


class Route(NamedTuple):
    """How a stage reads a text: the adapter's number in the reader's stack (0 for none) and what makes scores of its
    answers.

    temperature: log-probabilities are divided by it before they become scores.  alone_scale, alone_shift: of the
    log-odds, at that temperature, of a type that is asked for alone.
    """

    adapter: int = 0
    temperature: float = 1.0
    alone_scale: float = 1.0
    alone_shift: float = 0.0


PLAIN = Route()


@dataclass(frozen=True, slots=True)
class EncodedText:
    """A text with its pieces, the vocabulary ids of each piece, its windows and the route of each stage.

    before: tokens in front of the text, such as those of demonstrations.
    """

    text: str
    pieces: Sequence[Piece]
    ids: Sequence[tuple[int, ...]]
    windows: Sequence[Window]
    extractor: Route = PLAIN
    classifier: Route = PLAIN
    before: tuple[int, ...] = ()


def encode(
    text: str,
    tokens: PieceTokens,
    *,
    extractor: Route = PLAIN,
    classifier: Route = PLAIN,
    before: Sequence[int] = (),
    windows: Callable[[str, Sequence[Piece], Sequence[int]], list[Window]] = sentence_windows,
) -> EncodedText:
    """The encoded form of a text; `windows` splits it, given the text, its pieces and their token counts."""
    pieces = cut(text)
    ids = tokens.pieces(text, pieces)
    parted = windows(text, pieces, [len(piece) for piece in ids])
    return EncodedText(text, pieces, ids, parted, extractor, classifier, tuple(before))


def fits_window(tokens: PieceTokens, text: str) -> bool:
    """Whether a text is read in one window."""
    return is_read_whole([len(ids) for ids in tokens.pieces(text, cut(text))])


def as_encoded(texts: Iterable[str | EncodedText], tokens: PieceTokens) -> list[EncodedText]:
    """The texts in encoded form; plain strings get no stacked adapter and temperature 1."""
    return [encode(text, tokens) if isinstance(text, str) else text for text in texts]
