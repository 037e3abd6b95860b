"""Reading: passages in, log-probabilities of the allowed answers out, in one pass; queries on what was read cost their
own tokens alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cascade.layers.transfer import sent
from cascade.reading.memory_limit import is_out_of_memory
from cascade.reading.passage import NOTHING, Passage
from cascade.reading.read_rows import ReadRows, rows_of
from cascade.reading.reader import Reader
from cascade.reading.row import Row, assemble, batches, neighbours, pack

Floats = NDArray[np.float64]
Result = TypeVar("Result")

# longer rows waste attention on other texts, shorter ones leave more padding; 2 CPU cores, CoNLL sentences: 64 over 96,
# 192 and 40 (2026-11)
ROW_TOKENS = 64
# a longer passage has a row of a multiple of this, filled up with shorter ones, so that batches hold rows of one length
ROW_GRAIN = 32
# of a row of queries: as many as three spans need, so that few are padding; more on a long row of texts, whose states
# are copied for each row of queries on it
QUERY_TOKENS = 16
_TEXT_A_QUERY_TOKEN = 4


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """What was read of the rows of one batch behind a prefix of `text_at` tokens; members: each row's passages, by
    their indices.
    """

    read: ReadRows
    members: Sequence[Sequence[int]]
    text_at: int


class Query(NamedTuple):
    """A query on a passage that was read before, by its index; adapter: the number in the stack that the query is read
    through, 0 for none.
    """

    of: int
    passage: Passage
    adapter: int = 0


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

    for answers, kept in _in_batches(asked, rows, [len(asked.prefix)] * len(rows), asked.batch_tokens, read):
        for member, answer in answers.items():
            results[member] = answer
        if keep is not None and kept is not None:
            keep.append(kept)
    return results


def read_queries(
    asked: ReadingTask,
    kept: Sequence[KeptBatch],
    queries: Sequence[Query],
    *,
    ask_on: Callable[[int, list[Floats]], Passage | None] | None = None,
) -> list[list[Floats]]:
    """For each query, in order, the log-probabilities (candidates,) at each of its reads.

    ask_on: given a query's index and answers, what else is read of it (branches of its own) or None; its answers follow
    the first.
    """
    results: list[list[Floats]] = [[] for _ in queries]
    passages = {index: query.passage for index, query in enumerate(queries)}
    for text_at in sorted({batch.text_at for batch in kept}):
        rows = list(_query_rows([batch for batch in kept if batch.text_at == text_at], queries))
        job = _QueryJob(asked, text_at, passages, rows, [row.of(passages) for row in rows], ask_on)
        before = [len(asked.prefix) + row.kept.read.layout.tokens for row in rows]
        longest = max((len(made.ids) for made in job.made), default=0)
        for answers in _in_batches(asked, job.made, before, max(asked.batch_tokens, longest), job.read):
            for index, answer in answers.items():
                results[index] = answer
    return results


def _query_rows(kept: Sequence[KeptBatch], queries: Sequence[Query]) -> Iterator[_QueryRow]:
    """The rows of queries on the rows of texts that were kept, in order."""
    of_passage: dict[int, list[int]] = {}
    for index, query in enumerate(queries):
        of_passage.setdefault(query.of, []).append(index)
    for batch in kept:
        most = max(QUERY_TOKENS, batch.read.layout.tokens // _TEXT_A_QUERY_TOKEN)
        for number, members in enumerate(batch.members):
            segments = {index: at for at, each in enumerate(members, start=1) for index in of_passage.get(each, ())}
            indices = list(segments)
            for part in neighbours([len(queries[index].passage) for index in indices], most=most):
                own = [indices[place] for place in part]
                yield _QueryRow(batch, number, own, [segments[index] for index in own], queries[own[0]].adapter)


@dataclass(frozen=True, slots=True)
class _QueryRow:
    """Queries on one row of texts, by its number in what was kept: their indices, and the segment of each.

    adapter: that all of them are read through.
    """

    kept: KeptBatch
    number: int
    members: Sequence[int]
    segments: Sequence[int]
    adapter: int

    def of(self, passages: Mapping[int, Passage]) -> Row:
        """The row of those of its queries that are among the passages."""
        made = assemble((), [passages.get(index, NOTHING) for index in self.members], after=self.kept.text_at)
        # what assemble counts are queries here; their segments are those of the texts
        return replace(made, segments=np.array(self.segments, dtype=np.int64)[made.segments - 1], queries=made.segments)


@dataclass(frozen=True, slots=True)
class _QueryJob:
    """What is asked of texts that were read behind a prefix of `text_at` tokens; made: the rows as they are read."""

    asked: ReadingTask
    text_at: int
    passages: Mapping[int, Passage]
    rows: Sequence[_QueryRow]
    made: Sequence[Row]
    ask_on: Callable[[int, list[Floats]], Passage | None] | None

    def read(self, places: Sequence[int]) -> dict[int, list[Floats]]:
        """The answers to the queries of some of the rows."""
        places = sorted(places)  # what was kept of them lies in this order
        rows, both = [self.rows[place] for place in places], None if self.ask_on is None else ReadRows()
        numbers = groupby(rows, key=lambda row: id(row.kept))
        before = rows_of(
            [(own[0].kept.read, [row.number for row in own]) for _, each in numbers if (own := list(each))]
        )
        answers = self._answers(rows, [self.made[place] for place in places], before, self.passages, both)
        if self.ask_on is None or both is None:
            return answers
        again = {index: branches for index, found in answers.items() if (branches := self.ask_on(index, found))}
        left = [place for place, row in enumerate(rows) if any(index in again for index in row.members)]
        if left:
            chosen = [rows[place] for place in left]
            before = both if len(left) == len(rows) else rows_of([(both, left)])
            further = self._answers(chosen, [row.of(again) for row in chosen], before, again, None)
            for index, found in further.items():
                answers[index] += found
        return answers

    def _answers(
        self,
        rows: Sequence[_QueryRow],
        made: Sequence[Row],
        before: ReadRows,
        passages: Mapping[int, Passage],
        record: ReadRows | None,
    ) -> dict[int, list[Floats]]:
        hidden = self.asked.reader.hidden_after(
            self.asked.prefix,
            before,
            made,
            text_at=self.text_at,
            adapters=[row.adapter for row in rows],
            record=record,
        )
        return self.asked.answers(hidden, made, [row.members for row in rows], passages)


def _in_batches(
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
            skips_padding=asked.reader.skips_padding,
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
