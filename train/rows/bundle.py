"""Bundles: a bundle is a few packed rows of equal length with the right answers; a process trains on one each step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cascade.reading.passage import Passage
from cascade.reading.row import Row, assemble, stack

# Rows of 128 tokens train fastest on CPU (620 tokens/s against 470 with 256, compiled, 2026-11); longer ones are for
# long texts.
ROW_LENGTHS = (128, 256, 512)
BUNDLE_TOKENS = 512


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """A packed row with its answers.

    read_tokens, read_questions and answers are parallel. questions: the candidates of each question, as vocabulary ids.
    """

    ids: list[int]
    positions: list[int]
    segments: list[int]
    branches: list[int]
    read_tokens: list[int]
    read_questions: list[int]
    answers: list[int]
    questions: list[list[int]]

    @property
    def bucket(self) -> int:
        """The length that this row is padded to."""
        return next((length for length in ROW_LENGTHS if len(self.ids) <= length), len(self.ids))


def training_row(prefix: Sequence[int], passages: Sequence[Passage], questions: Sequence[Sequence[int]]) -> TrainingRow:
    """The row of `passages` after `prefix`, with every read whose answer is known."""
    row = assemble(prefix, passages)
    tokens, asked, answers = [], [], []
    for start, passage in zip(row.starts, passages, strict=True):
        for read, answer in zip(passage.reads, passage.answers or (), strict=True):
            if answer >= 0:
                tokens.append(int(start) + read.token)
                asked.append(read.question)
                answers.append(answer)
    candidates = [list(question) for question in questions]
    return TrainingRow(
        row.ids.tolist(),
        row.positions.tolist(),
        row.segments.tolist(),
        row.branches.tolist(),
        tokens,
        asked,
        answers,
        candidates,
    )


def bundles(rows: Sequence[TrainingRow]) -> list[list[TrainingRow]]:
    """Bundles of rows of one bucket, in the given order, with BUNDLE_TOKENS tokens each.

    The last bundle of a bucket may have fewer.
    """
    waiting: dict[int, list[TrainingRow]] = {}
    result = []
    for row in rows:
        group = waiting.setdefault(row.bucket, [])
        group.append(row)
        if len(group) * row.bucket >= BUNDLE_TOKENS:
            result.append(waiting.pop(row.bucket))
    return result + list(waiting.values())


def to_json(bundle: Sequence[TrainingRow]) -> str:
    """A bundle as one line of JSON."""
    return json.dumps([asdict(row) for row in bundle], separators=(",", ":"))


def from_json(text: str) -> list[TrainingRow]:
    """The bundle from a line that `to_json` wrote."""
    return [TrainingRow(**row) for row in json.loads(text)]


@dataclass(frozen=True, slots=True)
class Reads:
    """Where the loss is computed: parallel tensors of row, token, question and index of the right candidate.

    candidates: of each question, as vocabulary ids.
    """

    rows: Tensor
    tokens: Tensor
    questions: Tensor
    answers: Tensor
    candidates: list[list[int]]


def collate(rows: Sequence[TrainingRow], *, pad_id: int) -> dict[str, Any]:
    """The tensors of rows: ids, positions, segments and branches, each (rows, tokens), and the reads.

    The questions of all rows are numbered together.
    """
    length = max(row.bucket for row in rows)
    packed = [
        Row(*(np.array(part, dtype=np.int64) for part in (row.ids, row.positions, row.segments, row.branches, [])))
        for row in rows
    ]
    ids, positions, segments, branches = (
        torch.from_numpy(array) for array in stack(packed, pad_id=pad_id, length=length)
    )
    number_of: dict[tuple[int, ...], int] = {}
    columns: list[tuple[int, int, int, int]] = []
    for number, row in enumerate(rows):
        for token, question, answer in zip(row.read_tokens, row.read_questions, row.answers, strict=True):
            candidates = tuple(row.questions[question])
            columns.append((number, token, number_of.setdefault(candidates, len(number_of)), answer))
    table = torch.tensor(columns, dtype=torch.long).reshape(-1, 4)
    reads = Reads(table[:, 0], table[:, 1], table[:, 2], table[:, 3], [list(candidates) for candidates in number_of])
    return {"input_ids": ids, "position_ids": positions, "segments": segments, "branches": branches, "reads": reads}
