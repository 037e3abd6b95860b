"""What to do when memory runs out: half the tokens a batch, from then on, said once a reader."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch

from cascade.errors import CascadeError

_SIGNS = ("out of memory", "can't allocate memory", "not enough memory")
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class MemoryLimit:
    """How many tokens a batch of one reader may have, None while nothing ran out."""

    tokens: int | None = None

    def of(self, asked: int) -> int:
        """The tokens of a batch where `asked` are wanted."""
        return asked if self.tokens is None else min(asked, self.tokens)

    def lower(self, rows: int, tokens: int) -> None:
        """Halves the limit after a batch of so many rows and tokens did not fit; raises CascadeError where it was one
        row.
        """
        if rows == 1:
            raise CascadeError(
                f"out of memory with one row of {tokens:,} tokens; expected a few hundred MB free. Close other "
                "programs, or name fewer types at once"
            )
        if self.tokens is None:
            _log.warning("out of memory with %s tokens at once; going on with half as many", f"{tokens:,}")
        # another thread's may be lower
        self.tokens = tokens // 2 if self.tokens is None else min(self.tokens, tokens // 2)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, on the CPU or another device."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)
    )
