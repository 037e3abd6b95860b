"""Prefixes that were read, kept for further texts."""

from __future__ import annotations

from cascade.reading.attention import States

KEPT_TOKENS = 4096  # of all prefixes: 18 KB a token with Gemma 3 270M, 28 KB with Qwen2 1.5B


class KeptPrefixes:
    """The keys and values of the prefixes that were read last, by their tokens and the position of the first, at most
    KEPT_TOKENS tokens together.

    Threads share it without a lock: what is kept is replaced as a whole, never changed.  At worst two threads read one
    prefix, with the same result.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[int, tuple[int, ...]], States] = {}

    def get(self, prefix: tuple[int, ...], first: int) -> States | None:
        """The states of a prefix, None where they are not kept."""
        return self._kept.get((first, prefix))

    def keep(self, prefix: tuple[int, ...], first: int, states: States) -> None:
        """Keeps the states of a prefix; where there is no room, the others go."""
        kept, place = self._kept, (first, prefix)
        room = KEPT_TOKENS - sum(len(tokens) for _, tokens in kept) - len(prefix)
        self._kept = {**kept, place: states} if room >= 0 else {place: states}

    def tokens(self) -> int:
        """How many tokens are kept."""
        return sum(len(tokens) for _, tokens in self._kept)
