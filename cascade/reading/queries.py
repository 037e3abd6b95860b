"""Queries on passages that were read: each costs its own tokens alone, and those on many texts share a pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

import numpy as np

from cascade.reading.batches import ROW_TOKENS, Floats, KeptBatch, ReadingTask, in_batches
from cascade.reading.passage import NOTHING, Passage
from cascade.reading.read_rows import ReadRows, rows_of
from cascade.reading.row import Row, assemble, neighbours

# of a row of queries: as many as three spans need, so that few are padding; more on a long row of texts, whose states
# are copied for each row of queries on it
QUERY_TOKENS = 16
_TEXT_A_QUERY_TOKEN = 4


class Query(NamedTuple):
    """A query on a passage that was read before, by its index; adapter: the number in the stack that the query is read
    through, 0 for none.
    """

    of: int
    passage: Passage
    adapter: int = 0


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
    alone = asked.batch_tokens < ROW_TOKENS  # no text's result may depend on another's then
    rows_of_queries = _query_rows(kept, queries)
    for _, group in groupby(rows_of_queries, key=lambda row: id(row.kept) if alone else row.kept.text_at):
        rows = list(group)
        job = _QueryJob(asked, passages, rows, [row.of(passages) for row in rows], ask_on)
        before = [len(asked.prefix) + row.kept.read.layout.tokens for row in rows]
        longest = max(len(made.ids) for made in job.made)
        for answers in in_batches(asked, job.made, before, max(asked.batch_tokens, longest), job.read):
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
    """What is asked of texts that were read behind prefixes of one length; made: the rows as they are read."""

    asked: ReadingTask
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
            text_at=rows[0].kept.text_at,
            adapters=[row.adapter for row in rows],
            record=record,
        )
        return self.asked.answers(hidden, made, [row.members for row in rows], passages)
