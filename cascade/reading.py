"""Reading: passages in, log-probabilities of the allowed answers out, in one pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from cascade.base_model import Reader
from cascade.decisions import Floats
from cascade.passage import Passage
from cascade.row import assemble, batches, pack

ROW_TOKENS = 64  # longer rows waste attention on other texts, shorter ones leave more padding; 2 CPU cores, CoNLL sentences: 64 over 96, 192 and 40 (2026-11)


def read_passages(
    reader: Reader, prefix: Sequence[int], questions: Sequence[Sequence[int]], passages: Sequence[Passage], *, batch_tokens: int
) -> list[list[Floats]]:
    """For each passage, in order, the log-probabilities (candidates,) at each of its reads.

    questions: the candidates, as vocabulary ids, of each question.  batch_tokens: tokens of a batch, padding included.
    """
    results: list[list[Floats]] = [[] for _ in passages]
    packed = pack([len(passage) for passage in passages], capacity=min(ROW_TOKENS, batch_tokens))
    rows = [assemble((), [passages[index] for index in members], after=len(prefix)) for members in packed]
    for batch in batches(rows, tokens=batch_tokens):
        hidden = reader.hidden_behind(prefix, [rows[index] for index in batch])
        places = [
            (number, int(start) + read.token, read.question, member)
            for number, index in enumerate(batch)
            for start, member in zip(rows[index].starts, packed[index], strict=True)
            for read in passages[member].reads
        ]
        if not places:
            continue
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
    return results
