"""A vocabulary that the package sentencepiece reads, in the place of one that the package tokenizers reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cascade.errors import first_line


class SentencePieces:
    """The vocabulary of the embedded base model: 262,144 tokens are there in 0.1 s, where tokenizers needs 1.1 to 1.6 s
    and 200 MB more for a moment; both give the same ids (2 CPU cores, sentencepiece 0.2.3, tokenizers 0.22, 2026-11).

    serialized: as sentencepiece writes a model.  Raises ValueError for anything else.
    """

    def __init__(self, serialized: bytes) -> None:
        from sentencepiece import SentencePieceProcessor

        self._serialized = serialized
        self._processor: Any = SentencePieceProcessor()
        try:
            self._processor.LoadFromSerializedProto(serialized)
            size = self._processor.vocab_size()
        except (RuntimeError, OSError) as error:
            raise ValueError(f"no vocabulary of sentencepiece: {first_line(error)}") from error
        if not size:
            raise ValueError("no vocabulary of sentencepiece: it has no tokens")

    @classmethod
    def read(cls, file: Path) -> SentencePieces:
        """The vocabulary in a file; raises OSError and ValueError for one that cannot be read."""
        return cls(file.read_bytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return SentencePieces, (self._serialized,)

    @property
    def bos_id(self) -> int | None:
        """The id of the token in front of every text, None where there is none."""
        number: int = self._processor.bos_id()
        return number if number >= 0 else None

    def ids(self, strings: Sequence[str]) -> list[list[int]]:
        """The vocabulary ids of each string, none of them of a special token."""
        found: list[list[int]] = self._processor.encode(list(strings), out_type=int, num_threads=1)
        return found

    def token_to_id(self, token: str) -> int | None:
        """The id of a token, None where there is no such token."""
        number: int = self._processor.piece_to_id(token)
        return number if self._processor.id_to_piece(number) == token else None
