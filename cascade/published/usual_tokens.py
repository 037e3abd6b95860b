"""Of the tokens that copy a text, those that its tokenizer writes: others lead a model away from what it learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cascade.published.copying import Copying
from cascade.text.pieces import cut

_AHEAD = 100  # characters that are tokenised ahead to find the next token; hardly any token depends on more


class UsualTokens:
    """Keeps an answer that copies its text to the tokens that the text usually has.

    A model that would misspell a word must take a token of the word. Held to the text alone, it takes whichever is
    likeliest and goes on from there by single letters, which it has never seen, and marks them. So a token may copy the
    text up to the usual next token's end, or up to the edge of a piece, where a mark may have to stand. Marks stay
    free.
    """

    def __init__(self, copying: Copying, encode: Callable[[str], Sequence[int]]) -> None:
        """Takes the answer's states and the tokens that the model's tokenizer writes a text with."""
        self.copying, self.encode = copying, encode
        self.inside = {place for piece in cut(copying.text) for place in range(piece.start + 1, piece.end)}

    def among(self, allowed: list[int]) -> list[int]:
        """Those of the tokens that are marks or usual; all of them within a mark or a character, or if none is."""
        place = self.copying.place()
        if place is None or place == len(self.copying.text):
            return allowed
        ahead = self.copying.copies[place : place + _AHEAD]
        rest, of_token = b"".join(ahead), self.copying.tokens.of_token
        usual = next(iter(self.encode(rest.decode())), None)
        if usual is None or not rest.startswith(of_token.get(usual, b"\0")):  # such as one with a blank put before it
            return allowed
        ends, end = {0}, 0
        for character, written in enumerate(ahead, start=place + 1):
            end += len(written)
            if character not in self.inside:
                ends.add(end)
        return [each for each in allowed if each == usual or _alike(of_token[each], rest) in ends] or allowed


def _alike(token: bytes, rest: bytes) -> int:
    """How many bytes of the text the token begins with."""
    both = zip(token, rest, strict=False)
    return next((place for place, (one, other) in enumerate(both) if one != other), min(len(token), len(rest)))
