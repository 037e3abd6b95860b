"""Passages: one text, or a window of it, as tokens with the places where the model's answers are read.

One in-memory form serves training, inference and scoring: passages that share a prefix of types are packed into rows
(`cascade.reading.row`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    """A place where an answer is read: `token` is an index into the passage, `question` one into the prompt's
    questions.
    """

    token: int
    question: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Tokens of one text; all of one passage's text tokens see each other.

    ids: vocabulary ids, text first, then the branches.  positions: 0 is the first token of the text.  branches: 0 for
    the text, k for the tokens of the k-th branch (a continuation of one answer, which sees the text and its own earlier
    tokens, and is seen by no other). answers: for training, the index of the right candidate at each read, -1 where
    none is known.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    branches: tuple[int, ...]
    reads: tuple[Read, ...]
    answers: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.ids)
