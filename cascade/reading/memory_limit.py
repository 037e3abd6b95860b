"""What to do when memory runs out: half the tokens a batch, said once a reader, and twice as many again when batches of
that size have fitted for a while.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch

from cascade.errors import CascadeError

# batches that fit before twice as many tokens are tried; after each such try that fails, twice as many batches: the
# tries that fail are less than one of 16, then of 32, and so on.  Our choice.
_PATIENCE, _MOST_PATIENCE = 16, 4096
# the last one is oneDNN's, which says no more where no memory is left for the code that it makes (seen 2026-11, torch
# 2.13, RLIMIT_AS)
_SIGNS = ("out of memory", "can't allocate memory", "not enough memory", "could not create a primitive")
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class MemoryLimit:
    """How many tokens a batch of one reader may have, None while nothing ran out.

    patience: batches that have to fit before more tokens are tried.  fitted: that have since the last change.
    """

    tokens: int | None = None
    patience: int = _PATIENCE
    fitted: int = 0

    def of(self, asked: int) -> int:
        """The tokens of a batch where `asked` are wanted."""
        return asked if self.tokens is None else min(asked, self.tokens)

    def fits(self, asked: int) -> None:
        """Notes that a batch did fit where `asked` tokens were wanted; doubles the limit when enough of them did, and
        lifts it where all that is wanted fits again.
        """
        tokens = self.tokens  # another thread may change it
        if tokens is None:
            return
        self.fitted += 1
        if self.fitted >= self.patience:
            self.fitted = 0
            self.tokens = 2 * tokens
            if tokens >= asked:  # what is wanted was read often enough
                self.tokens, self.patience = None, _PATIENCE
                _log.warning("memory suffices again for %s tokens at once", f"{asked:,}")

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
            self.tokens = tokens // 2
        else:
            # another thread's may be lower
            self.tokens = min(self.tokens, tokens // 2)
            self.patience = min(2 * self.patience, _MOST_PATIENCE)
        self.fitted = 0
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, on the CPU or another device."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)
    )
