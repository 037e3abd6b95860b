"""Texts made to hurt: nothing grows with their squares, and nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from slow_reading import classified

import cascade.reading.batches
import cascade.reading.queries
import cascade.stages.classifier
import cascade.stages.extractor
from cascade.model.base_model import BaseModel
from cascade.reading.passage import Passage
from cascade.reading.queries import Query
from cascade.stages.classifier import MOST_SPAN_TOKENS
from cascade.stages.extractor import Extractor
from cascade.text.pieces import cut
from cascade.text.windows import WINDOW_TOKENS


@pytest.fixture
def lengths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of all passages that either stage reads."""
    seen: list[int] = []
    read, ask = cascade.reading.batches.read_passages, cascade.reading.queries.read_queries

    def noted(asked: Any, passages: Sequence[Passage], **options: Any) -> Any:
        seen.extend(map(len, passages))
        return read(asked, passages, **options)

    def queries_noted(asked: Any, kept: Any, queries: Sequence[Query], **options: Any) -> Any:
        seen.extend(len(query.passage) for query in queries)
        return ask(asked, kept, queries, **options)

    monkeypatch.setattr(cascade.stages.extractor, "read_passages", noted)
    monkeypatch.setattr(cascade.stages.classifier, "read_queries", queries_noted)
    return seen


def test_a_word_of_thousands_of_letters_is_many_pieces_that_spell_it() -> None:
    text = "x" * 1001 + "7" * 250
    pieces = cut(text)
    assert [piece.end - piece.start for piece in pieces] == [100] * 10 + [1, 100, 100, 50]
    assert "".join(text[piece.lead : piece.end] for piece in pieces) == text


@pytest.mark.slow
@pytest.mark.parametrize("text", ["x" * 5000, "a" + " " * 20000 + "b", "ä\u0308" * 3000, "." * 3000, "漢" * 3000])
def test_no_window_of_the_extractor_is_longer_than_it_may_be(gemma: BaseModel, lengths: list[int], text: str) -> None:
    Extractor(gemma.reader(), gemma.tokens, 2048)([text], ["person"])
    assert lengths
    assert max(lengths) <= WINDOW_TOKENS


def test_a_span_over_many_windows_is_typed_by_its_beginning(gemma: BaseModel, lengths: list[int]) -> None:
    text = "word " * 2000
    [[answer]] = classified(gemma, [text], [[(0, len(text) - 1)]], ["person", "place"])
    assert np.isclose(np.exp(answer).sum(), 1.0)
    assert max(lengths) <= WINDOW_TOKENS
    assert lengths[-1] <= MOST_SPAN_TOKENS + 4  # marks and the branches of the types


def test_thousands_of_spans_of_one_text_share_passages(gemma: BaseModel, lengths: list[int]) -> None:
    text = "Ada " * 1200
    spans = [(4 * index, 4 * index + 3) for index in range(1200)]
    [answers] = classified(gemma, [text], [spans], ["person", "place"])
    assert len(answers) == 1200
    assert sum(lengths) < 2 * 1200 * 8
