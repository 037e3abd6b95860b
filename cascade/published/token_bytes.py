"""The bytes that each token of a vocabulary stands for."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Any

from cascade.published.errors import PublishedError

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_BLANK = "\u2581"  # stands for a blank in SentencePiece's tokens


class TokenBytes:
    """The tokens of a tokenizer that stand for text, by their bytes.

    Raises PublishedError for tokenizers that write bytes neither as SentencePiece with bytes does nor as GPT-2's does.
    """

    def __init__(self, tokenizer: Any) -> None:
        vocabulary: dict[str, int] = tokenizer.get_vocab()
        left_out = {index for index, token in tokenizer.added_tokens_decoder.items() if token.special}
        letters = _letters_of_bytes()
        if "<0x0A>" in vocabulary:
            spelled = {_of_piece(token): index for token, index in vocabulary.items() if _BYTE.fullmatch(token)}
            pieces = ((token, index) for token, index in vocabulary.items() if not _BYTE.fullmatch(token))
            spelled |= {_of_piece(token): index for token, index in pieces if index not in left_out}
        elif all(letter in vocabulary for letter in letters):
            added = {token.content for token in tokenizer.added_tokens_decoder.values()}
            spelled = {
                token.encode() if token in added else bytes(letters[letter] for letter in token): index
                for token, index in vocabulary.items()
                if index not in left_out and (token in added or all(letter in letters for letter in token))
            }
        else:
            raise PublishedError(
                "the tokenizer has no tokens for single bytes; expected one of SentencePiece's kind with bytes or of "
                "GPT-2's kind, such as those of Gemma and Qwen"
            )
        spelled.pop(b"", None)
        self.spellings = sorted(spelled)
        self.tokens = [spelled[each] for each in self.spellings]
        self.of_token = {index: each for each, index in spelled.items()}

    def begins(self, prefix: bytes) -> tuple[bool, int | None]:
        """Whether a token begins with these bytes, and the token that they are, if any."""
        place = bisect_left(self.spellings, prefix)
        if place == len(self.spellings) or not self.spellings[place].startswith(prefix):
            return False, None
        return True, self.tokens[place] if self.spellings[place] == prefix else None


def _of_piece(token: str) -> bytes:
    byte = _BYTE.fullmatch(token)
    return bytes([int(byte[1], 16)]) if byte else token.replace(_BLANK, " ").encode()


def _letters_of_bytes() -> dict[str, int]:
    """The letters that GPT-2's tokens write bytes with: visible Latin-1 ones are themselves, others from U+0100."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(0x100 + place): byte for place, byte in enumerate(others)}
