"""Bundles: a bundle is a few packed rows of equal length with the right answers; a process trains on one each step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cascade.reading.block_mask import Layout
from cascade.reading.passage import Passage
from cascade.reading.row import Row, assemble, stack

# Rows of 128 tokens train fastest on CPU (620 tokens/s against 470 with 256, compiled, 2026-11); longer ones are for
# long texts.
ROW_LENGTHS = (128, 256, 512)
# of queries alone, which are padded to one of these
_QUERY_LENGTHS = (64, *ROW_LENGTHS)
BUNDLE_TOKENS = 512
# of texts that are read without being trained on, beside the queries' own
_TEXT_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class TextRow:
    """Texts that queries are asked on, as the extractor reads them behind `prefix`: (tokens,) each, as in Row."""

    prefix: list[int]
    ids: list[int]
    positions: list[int]
    segments: list[int]


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """A packed row with its answers.

    read_tokens, read_questions and answers are parallel. questions: the candidates of each question, as vocabulary ids.
    text: what was read before, where the row holds queries on it.
    """

    ids: list[int]
    positions: list[int]
    segments: list[int]
    queries: list[int]
    branches: list[int]
    read_tokens: list[int]
    read_questions: list[int]
    answers: list[int]
    questions: list[list[int]]
    text: TextRow | None = None

    @property
    def size(self) -> int:
        """Tokens of the row, or of its texts with their prefix, if these are more."""
        return max(len(self.ids), 0 if self.text is None else len(self.text.prefix) + len(self.text.ids))

    @property
    def bucket(self) -> tuple[int, int]:
        """The lengths that this row and its texts are padded to."""
        lengths = ROW_LENGTHS if self.text is None else _QUERY_LENGTHS
        return _padded(len(self.ids), lengths), 0 if self.text is None else _padded(len(self.text.ids), ROW_LENGTHS)


def _padded(size: int, lengths: Sequence[int]) -> int:
    return next((length for length in lengths if size <= length), size)


def training_row(
    prefix: Sequence[int],
    passages: Sequence[Passage],
    questions: Sequence[Sequence[int]],
    *,
    texts: Sequence[Passage] = (),
    text_prefix: Sequence[int] = (),
) -> TrainingRow:
    """The row of `passages` after `prefix`, with every read whose answer is known.

    texts: for rows of queries, the text of each passage, which the extractor reads behind `text_prefix`.
    """
    row = assemble(prefix, passages)
    tokens, asked, answers = [], [], []
    for start, passage in zip(row.starts, passages, strict=True):
        for read, answer in zip(passage.reads, passage.answers or (), strict=True):
            if answer >= 0:
                tokens.append(int(start) + read.token)
                asked.append(read.question)
                answers.append(answer)
    text = None
    shift = 0
    if texts:
        read_before = assemble((), texts, after=len(text_prefix))
        lists = (part.tolist() for part in (read_before.ids, read_before.positions, read_before.segments))
        text = TextRow(list(text_prefix), *lists)
        shift = len(text_prefix) - len(prefix)  # the prefix ends where the other one does
    return TrainingRow(
        row.ids.tolist(),
        (row.positions + shift).tolist(),
        row.segments.tolist(),
        row.queries.tolist(),
        row.branches.tolist(),
        tokens,
        asked,
        answers,
        [list(question) for question in questions],
        text,
    )


def bundles(rows: Sequence[TrainingRow]) -> list[list[TrainingRow]]:
    """Bundles of rows of one bucket, in the given order, with BUNDLE_TOKENS tokens each, or fewer on longer texts.

    The last bundle of a bucket may have fewer.
    """
    waiting: dict[tuple[int, int], list[TrainingRow]] = {}
    result = []
    for row in rows:
        group = waiting.setdefault(row.bucket, [])
        group.append(row)
        length, text = row.bucket
        if len(group) * length >= BUNDLE_TOKENS or len(group) * text >= _TEXT_TOKENS:
            result.append(waiting.pop(row.bucket))
    return result + list(waiting.values())


def to_json(bundle: Sequence[TrainingRow]) -> str:
    """A bundle as one line of JSON."""
    return json.dumps([asdict(row) for row in bundle], separators=(",", ":"))


def from_json(text: str) -> list[TrainingRow]:
    """The bundle from a line that `to_json` wrote."""
    rows = json.loads(text)
    return [TrainingRow(**{**row, "text": TextRow(**row["text"]) if row["text"] else None}) for row in rows]


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
    """The tensors of rows: ids, (rows, tokens), their layout (by name, as ms-swift takes no
    named tuples), the reads, and the texts of rows of queries.

    The questions of all rows are numbered together.
    """
    packed = [
        Row(
            *(
                np.array(part, dtype=np.int64)
                for part in (row.ids, row.positions, row.segments, row.queries, row.branches, [])
            )
        )
        for row in rows
    ]
    ids, *layout = map(torch.from_numpy, stack(packed, pad_id=pad_id, length=max(row.bucket[0] for row in rows)))
    number_of: dict[tuple[int, ...], int] = {}
    columns: list[tuple[int, int, int, int]] = []
    for number, row in enumerate(rows):
        for token, question, answer in zip(row.read_tokens, row.read_questions, row.answers, strict=True):
            candidates = tuple(row.questions[question])
            columns.append((number, token, number_of.setdefault(candidates, len(number_of)), answer))
    table = torch.tensor(columns, dtype=torch.long).reshape(-1, 4)
    reads = Reads(table[:, 0], table[:, 1], table[:, 2], table[:, 3], [list(candidates) for candidates in number_of])
    texts = [row.text for row in rows if row.text is not None]
    return {"input_ids": ids, "layout": Layout(*layout)._asdict(), "reads": reads, "texts": texts}
