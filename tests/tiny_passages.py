"""Passages with queries and branches for the tests of masks, and how to look at their states."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from tiny_models import random_text
from torch import Tensor

from cascade.model.base_model import BaseModel
from cascade.reading.block_mask import Layout
from cascade.reading.passage import Passage, Read
from cascade.reading.reader import Reader
from cascade.reading.row import Row, stack
from cascade.stages.extractor import extraction_passage
from cascade.text.pieces import cut

TYPES = ["person", "place name", "company"]


def layout_of(rows: Sequence[Row]) -> Layout:
    _, *parts = map(torch.from_numpy, stack(rows, pad_id=0))
    return Layout(*parts)


def passage_of(base: BaseModel, text: str, *branches: Sequence[int]) -> Passage:
    """The passage of a text with two queries of three tokens, each with some of the branches, if there are any."""
    plain = extraction_passage(base.tokens.pieces(text, cut(text)))
    columns = [(token, place, 0, 0) for token, place in zip(plain.ids, plain.positions, strict=True)]
    for query in (1, 2) if branches else ():
        columns += [(base.tokens.labels[place], len(plain) - 4 + place, query, 0) for place in range(3)]
        for number, tokens in enumerate(branches, start=1):
            if number % 2 == query % 2 or number > 2:
                columns += [(token, len(plain) - 1 + place, query, number) for place, token in enumerate(tokens)]
    ids, positions, queries, numbers = zip(*columns, strict=True)
    return Passage(ids, positions, queries, numbers, (Read(0, 0),))


def split(passage: Passage) -> tuple[Passage, Passage]:
    """A passage's text, and the queries on it."""
    size = passage.queries.count(0)
    parts = [
        Passage(passage.ids[part], passage.positions[part], passage.queries[part], passage.branches[part], ())
        for part in (slice(None, size), slice(size, None))
    ]
    return parts[0], parts[1]


def random_passages(base: BaseModel, source: random.Random, count: int, words: int) -> list[Passage]:
    return [
        passage_of(
            base,
            "Ada " + random_text(source, source.randint(1, words)),
            *[source.choices(base.tokens.labels, k=source.randint(1, 3)) for _ in range(source.randint(0, 3))],
        )
        for _ in range(count)
    ]


def hidden_of(reader: Reader, row: Row) -> Tensor:
    return reader.hidden([row])[0]


def close(left: Tensor, right: Tensor, tolerance: float = 3e-5) -> bool:
    return left.shape == right.shape and bool(torch.allclose(left, right, rtol=tolerance, atol=tolerance))
