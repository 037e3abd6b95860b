"""Passages: one text, or a window of it, or queries on it, as tokens with the places where the model's answers are
read.

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
    """Tokens of one text, or of queries on one that was read before.

    ids: vocabulary ids.  positions: 0 is the first token of the text, also for queries.  queries: 0 for the text, whose
    tokens all see each other; k for the k-th query, whose tokens see the text and each other, and are seen by no other
    query.  branches: within a query, 0 for itself, k for its k-th branch, a continuation of one answer, which sees the
    query and its own earlier tokens.  answers: for training, the index of the right candidate at each read, -1 where
    none is known.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    queries: tuple[int, ...]
    branches: tuple[int, ...]
    reads: tuple[Read, ...]
    answers: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.ids)


NOTHING = Passage((), (), (), (), ())
