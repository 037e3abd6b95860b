"""Reading: passages in, log-probabilities of the allowed answers out, in one pass; further questions on a passage cost their own tokens alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from cascade.attention import States
from cascade.base_model import Reader
from cascade.decisions import Floats
from cascade.passage import Passage
from cascade.row import Row, assemble, batches, continued, pack

ROW_TOKENS = 64  # longer rows waste attention on other texts, shorter ones leave more padding; 2 CPU cores, CoNLL sentences: 64 over 96, 192 and 40 (2026-11)


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
    adapters: each passage's number in the reader's stack, 0 for none; rows hold passages of one adapter, batches those of all.
    ask_on: given a passage's index and answers, what else is read of it (branches alone, placed as in the passage) or None; its answers follow the first.
    """
    results: list[list[Floats]] = [[] for _ in passages]
    packed = _packed(passages, adapters or [0] * len(passages), capacity=min(ROW_TOKENS, batch_tokens))
    rows = [assemble((), [passages[index] for index in members], after=len(prefix)) for members in packed]
    for batch in batches(rows, tokens=batch_tokens):
        read, members = [rows[index] for index in batch], [packed[index] for index in batch]
        states = States() if ask_on is not None else None
        through = [adapters[row[0]] for row in members] if adapters is not None else None
        hidden = reader.hidden_behind(prefix, read, adapters=through, record=states)
        _answer(reader, hidden, read, members, dict(enumerate(passages)), questions, results)
        if ask_on is None or states is None:
            continue
        asked = {member: more for row in members for member in row if (more := ask_on(member, results[member])) is not None}
        again = [number for number, row in enumerate(members) if any(member in asked for member in row)]
        more_rows = [continued(read[number], [asked.get(member) for member in members[number]], after=len(prefix)) for number in again]
        for part in batches(more_rows, tokens=batch_tokens):
            chosen = [again[index] for index in part]
            own = states if len(chosen) == len(read) == 1 else states.of_rows(torch.tensor(chosen, device=hidden.device))
            also_through = [through[number] for number in chosen] if through is not None else None
            more_hidden = reader.hidden_after(prefix, [read[number] for number in chosen], own, [more_rows[index] for index in part], adapters=also_through)
            _answer(reader, more_hidden, [more_rows[index] for index in part], [members[number] for number in chosen], asked, questions, results)
    return results


def _packed(passages: Sequence[Passage], adapters: Sequence[int], *, capacity: int) -> list[list[int]]:
    """Indices of the passages of each row, all of one adapter."""
    groups: dict[int, list[int]] = {}
    for index, adapter in enumerate(adapters):
        groups.setdefault(adapter, []).append(index)
    return [[group[member] for member in row] for group in groups.values() for row in pack([len(passages[index]) for index in group], capacity=capacity)]


def _answer(
    reader: Reader,
    hidden: Tensor,
    rows: Sequence[Row],
    members: Sequence[Sequence[int]],
    passages: Mapping[int, Passage],
    questions: Sequence[Sequence[int]],
    results: Sequence[list[Floats]],
) -> None:
    """Adds to `results` the answers read from the states of one batch of rows; members: the passages of each row."""
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
    states = hidden[torch.from_numpy(row_indices).to(hidden.device), torch.from_numpy(token_indices).to(hidden.device)]
    answers: list[Floats | None] = [None] * len(places)
    for question in np.unique(asked):
        chosen = np.flatnonzero(asked == question)
        scores = reader.log_probabilities(states[torch.from_numpy(chosen).to(states.device)], questions[question])
        for place, score in zip(chosen, scores, strict=True):
            answers[place] = score
    for (_, _, _, member), answer in zip(places, answers, strict=True):
        if answer is not None:
            results[member].append(answer)
