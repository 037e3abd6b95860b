"""Reading: passages in, log-probabilities of the allowed answers out, in one pass; further questions on a passage cost
their own tokens alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cascade.layers.transfer import sent
from cascade.reading.attention import States
from cascade.reading.memory_limit import is_out_of_memory
from cascade.reading.passage import Passage
from cascade.reading.reader import Reader
from cascade.reading.row import Row, assemble, batches, continued, pack

# longer rows waste attention on other texts, shorter ones leave more padding; 2 CPU cores, CoNLL sentences: 64 over 96,
# 192 and 40 (2026-11)
Floats = NDArray[np.float64]
ROW_TOKENS = 64
# a longer passage has a row of a multiple of this, filled up with shorter ones, so that batches hold rows of one length
ROW_GRAIN = 32


def read_passages(
    reader: Reader,
    prefix: Sequence[int],
    questions: Sequence[Sequence[int]],
    passages: Sequence[Passage],
    *,
    batch_tokens: int,
    adapters: Sequence[int] | None = None,
    ask_on: Callable[[int, list[Floats]], Passage | None] | None = None,
) -> list[list[Floats]]:
    """For each passage, in order, the log-probabilities (candidates,) at each of its reads.

    questions: the candidates, as vocabulary ids, of each question.  batch_tokens: tokens of a batch, padding included.
    adapters: each passage's number in the reader's stack, 0 for none; rows hold passages of one adapter, batches those
    of all. ask_on: given a passage's index and answers, what else is read of it (branches alone, placed as in the
    passage) or None; its answers follow the first.
    """
    alone = batch_tokens < ROW_TOKENS
    packed = _packed(
        passages,
        adapters or [0] * len(passages),
        capacity=batch_tokens if alone else ROW_TOKENS,
        grain=1 if alone else ROW_GRAIN,
    )
    rows = [assemble((), [passages[index] for index in members], after=len(prefix)) for members in packed]
    job = _Job(reader, prefix, questions, passages, packed, rows, adapters, ask_on, [[] for _ in passages])
    left = list(range(len(rows)))
    while left:
        for batch in list(batches([rows[index] for index in left], tokens=reader.memory.of(batch_tokens))):
            chosen = [left[place] for place in batch]
            if not job.read(chosen):
                reader.memory.lower(len(chosen), sum(len(rows[index].ids) for index in chosen))
                break
            job.done.update(chosen)
        left = [index for index in left if index not in job.done]
    return job.results


@dataclass(frozen=True, slots=True)
class _Job:
    """What `read_passages` was asked, the passages of each row in `packed`, the rows, and the answers so far."""

    reader: Reader
    prefix: Sequence[int]
    questions: Sequence[Sequence[int]]
    passages: Sequence[Passage]
    packed: Sequence[Sequence[int]]
    rows: Sequence[Row]
    adapters: Sequence[int] | None
    ask_on: Callable[[int, list[Floats]], Passage | None] | None
    results: list[list[Floats]]
    done: set[int] = field(default_factory=set)

    def read(self, batch: Sequence[int]) -> bool:
        """Reads some rows; False, and nothing read, where memory does not suffice."""
        try:
            self._read(batch)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        else:
            return True
        for row in batch:
            for member in self.packed[row]:
                self.results[member].clear()
        return False

    def _read(self, batch: Sequence[int]) -> None:
        rows, members = [self.rows[index] for index in batch], [self.packed[index] for index in batch]
        states = States() if self.ask_on is not None else None
        through = [self.adapters[row[0]] for row in members] if self.adapters is not None else None
        hidden = self.reader.hidden_behind(self.prefix, rows, adapters=through, record=states)
        self._answer(hidden, rows, members, {member: self.passages[member] for row in members for member in row})
        if self.ask_on is None or states is None:
            return
        asked = {
            member: more
            for row in members
            for member in row
            if (more := self.ask_on(member, self.results[member])) is not None
        }
        again = [number for number, row in enumerate(members) if any(member in asked for member in row)]
        more_rows = [
            continued(rows[number], [asked.get(member) for member in members[number]], after=len(self.prefix))
            for number in again
        ]
        for part in batches(more_rows, tokens=max(sum(len(row.ids) for row in rows), 1)):
            chosen = [again[index] for index in part]
            own = states if len(chosen) == len(rows) == 1 else states.of_rows(sent(chosen, hidden.device))
            also = [through[number] for number in chosen] if through is not None else None
            further = [more_rows[index] for index in part]
            more_hidden = self.reader.hidden_after(
                self.prefix, [rows[number] for number in chosen], own, further, adapters=also
            )
            self._answer(more_hidden, further, [members[number] for number in chosen], asked)

    def _answer(
        self, hidden: Tensor, rows: Sequence[Row], members: Sequence[Sequence[int]], passages: Mapping[int, Passage]
    ) -> None:
        """Notes the answers read from the states of some rows; members: the passages of each row."""
        places = [
            (number, int(start) + read.token, read.question, member)
            for number, row in enumerate(rows)
            for start, member in zip(row.starts, members[number], strict=True)
            if member in passages
            for read in passages[member].reads
        ]
        if not places:
            return
        row_indices, token_indices, asked, _ = (np.array(column) for column in zip(*places, strict=True))
        states = hidden[sent(row_indices, hidden.device), sent(token_indices, hidden.device)]
        answers: list[Floats | None] = [None] * len(places)
        of_question = [(question, np.flatnonzero(asked == question)) for question in np.unique(asked)]
        wanted = [(states[sent(chosen, states.device)], self.questions[question]) for question, chosen in of_question]
        for (_, chosen), scores in zip(of_question, self.reader.log_probabilities(wanted), strict=True):
            for place, score in zip(chosen, scores, strict=True):
                answers[place] = score
        for (_, _, _, member), answer in zip(places, answers, strict=True):
            if answer is not None:
                self.results[member].append(answer)


def _packed(passages: Sequence[Passage], adapters: Sequence[int], **room: int) -> list[list[int]]:
    """Indices of the passages of each row, all of one adapter; room: as `pack` takes it."""
    groups: dict[int, list[int]] = {}
    for index, adapter in enumerate(adapters):
        groups.setdefault(adapter, []).append(index)
    return [
        [group[member] for member in row]
        for group in groups.values()
        for row in pack([len(passages[index]) for index in group], **room)
    ]
