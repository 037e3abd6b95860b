"""Of the tokens that copy a text, those that its tokenizer writes: others lead a model away from what it learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import regex

from cascade.published.copying import Copying

# Two characters of a word between which no entity begins or ends: letters with their marks, or digits, but not letters
# between which lines may be broken, as those of scripts without blanks and of Hangul.
_LETTER = r"[[\p{L}\p{M}]--[\p{LB=SA}\p{LB=ID}\p{LB=CJ}\p{Hangul}ー]]"
_WITHIN = regex.compile(rf"{_LETTER}{{2}}|\p{{N}}{{2}}|.\p{{M}}", regex.DOTALL | regex.VERSION1)
_AHEAD = 100  # characters that are tokenised ahead to find the next token; hardly any token depends on more


class UsualTokens:
    """Keeps an answer that copies its text to the tokens that the text usually has.

    A model that would misspell a word must take a token of the word. Held to the text alone, it takes whichever is
    likeliest and goes on from there by single letters, which it has never seen, and marks them. So a token may copy the
    text up to the usual next token's end, or up to the edge of a word, where a mark may have to stand. Marks stay free.
    """

    def __init__(self, copying: Copying, encode: Callable[[str], Sequence[int]]) -> None:
        """Takes the answer's states and the tokens that the model's tokenizer writes a text with."""
        self.copying, self.encode = copying, encode
        text = copying.text
        self.inside = {place for place in range(1, len(text)) if _WITHIN.fullmatch(text, place - 1, place + 1)}

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
