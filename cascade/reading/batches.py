"""Reading: passages in, log-probabilities of the allowed answers out, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cascade.layers.transfer import sent
from cascade.reading.memory_limit import is_out_of_memory
from cascade.reading.passage import Passage
from cascade.reading.read_rows import ReadRows
from cascade.reading.reader import Reader
from cascade.reading.row import Row, assemble, batches, pack

Floats = NDArray[np.float64]
Result = TypeVar("Result")

# longer rows waste attention on other texts, shorter ones leave more padding; 2 CPU cores, CoNLL sentences: 64 over 96,
# 192 and 40 (2026-11)
ROW_TOKENS = 64
# a longer passage has a row of a multiple of this, filled up with shorter ones, so that batches hold rows of one length
ROW_GRAIN = 32


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """What was read of the rows of one batch behind a prefix of `text_at` tokens; members: each row's passages, by
    their indices.
    """

    read: ReadRows
    members: Sequence[Sequence[int]]
    text_at: int


@dataclass(frozen=True, slots=True)
class ReadingTask:
    """What a reader is asked with: the tokens of the prefix, and the candidates, as vocabulary ids, of each question.

    batch_tokens: tokens of a batch, padding included.
    """

    reader: Reader
    prefix: Sequence[int]
    questions: Sequence[Sequence[int]]
    batch_tokens: int

    def answers(
        self, hidden: Tensor, rows: Sequence[Row], members: Sequence[Sequence[int]], passages: Mapping[int, Passage]
    ) -> dict[int, list[Floats]]:
        """The log-probabilities (candidates,) at each read of each passage, from the states of the rows' tokens."""
        places = [
            (number, int(start) + read.token, read.question, member)
            for number, row in enumerate(rows)
            for start, member in zip(row.starts, members[number], strict=True)
            if member in passages
            for read in passages[member].reads
        ]
        results: dict[int, list[Floats]] = {member: [] for row in members for member in row if member in passages}
        if not places:
            return results
        row_indices, token_indices, asked, _ = (np.array(column) for column in zip(*places, strict=True))
        states = hidden[sent(row_indices, hidden.device), sent(token_indices, hidden.device)]
        found: list[Floats | None] = [None] * len(places)
        of_question = [(question, np.flatnonzero(asked == question)) for question in np.unique(asked)]
        wanted = [(states[sent(chosen, states.device)], self.questions[question]) for question, chosen in of_question]
        for (_, chosen), scores in zip(of_question, self.reader.log_probabilities(wanted), strict=True):
            for place, score in zip(chosen, scores, strict=True):
                found[place] = score
        for (_, _, _, member), answer in zip(places, found, strict=True):
            if answer is not None:
                results[member].append(answer)
        return results


def read_passages(
    asked: ReadingTask,
    passages: Sequence[Passage],
    *,
    adapters: Sequence[int] | None = None,
    apart: Sequence[Hashable] | None = None,
    keep: list[KeptBatch] | None = None,
) -> list[list[Floats]]:
    """For each passage, in order, the log-probabilities (candidates,) at each of its reads.

    adapters: each passage's number in the reader's stack, 0 for none.  apart: passages that differ in it come into
    different rows, but into the same batches (their adapters).  keep: takes what was read, for `read_queries`.
    """
    alone = asked.batch_tokens < ROW_TOKENS
    packed = _packed(
        passages,
        apart or adapters or [0] * len(passages),
        capacity=asked.batch_tokens if alone else ROW_TOKENS,
        grain=1 if alone else ROW_GRAIN,
    )
    rows = [assemble((), [passages[index] for index in members], after=len(asked.prefix)) for members in packed]
    results: list[list[Floats]] = [[] for _ in passages]

    def read(batch: Sequence[int]) -> tuple[dict[int, list[Floats]], KeptBatch | None]:
        chosen, members = [rows[index] for index in batch], [packed[index] for index in batch]
        done = None if keep is None else ReadRows()
        through = None if adapters is None else [adapters[row[0]] for row in members]
        hidden = asked.reader.hidden_behind(asked.prefix, chosen, adapters=through, record=done)
        answers = asked.answers(hidden, chosen, members, dict(enumerate(passages)))
        return answers, None if done is None else KeptBatch(done, members, len(asked.prefix))

    for answers, kept in in_batches(asked, rows, [len(asked.prefix)] * len(rows), asked.batch_tokens, read):
        for member, answer in answers.items():
            results[member] = answer
        if keep is not None and kept is not None:
            keep.append(kept)
    return results


def in_batches(
    asked: ReadingTask,
    rows: Sequence[Row],
    before: Sequence[int],
    most: int,
    read: Callable[[Sequence[int]], Result],
) -> Iterator[Result]:
    """What `read` gives for each batch of at most `most` tokens of the rows, by their indices; smaller batches where
    memory does not suffice.  before: tokens that each row sees in front of its own.
    """
    left, memory = list(range(len(rows))), asked.reader.memory
    while left:
        done: set[int] = set()
        for batch in batches(
            [rows[index] for index in left],
            tokens=memory.of(most),
            before=[before[index] for index in left],
            skips_padding=asked.reader.is_native,
            fewest=asked.reader.device.type != "cpu",
        ):
            chosen = [left[place] for place in batch]
            result = _read_or_none(read, chosen)
            if result is None:
                memory.lower(len(chosen), sum(len(rows[index].ids) for index in chosen))
                break
            memory.fits(most)
            yield result
            done.update(chosen)
        left = [index for index in left if index not in done]


def _read_or_none(read: Callable[[Sequence[int]], Result], chosen: Sequence[int]) -> Result | None:
    """What `read` gives; None where memory does not suffice."""
    try:
        return read(chosen)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    return None


def _packed(passages: Sequence[Passage], apart: Sequence[Hashable], **room: int) -> list[list[int]]:
    """Indices of the passages of each row, none of which differ in `apart`; room: as `pack` takes it."""
    groups: dict[Hashable, list[int]] = {}
    for index, common in enumerate(apart):
        groups.setdefault(common, []).append(index)
    return [
        [group[member] for member in row]
        for group in groups.values()
        for row in pack([len(passages[index]) for index in group], **room)
    ]
