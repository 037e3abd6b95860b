"""The extractor: every piece decided once, long texts and many texts at once as one by one."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from tiny_models import random_text, states_alone

from cascade.base_model import BaseModel
from cascade.decisions import best_sequence, span_probabilities, spans_of
from cascade.extractor import Extractor, Span, decode, extraction_passage
from cascade.passage import Read
from cascade.pieces import cut
from cascade.windows import WINDOW_TOKENS, sentence_windows

TYPES = ["person", "place", "company"]
TEXTS = ["Ada met Bob", "", " \n\t ", "x" * 900, *[random_text(random.Random(seed), 5 + 3 * seed) for seed in range(10)], "王小明在北京大学", ""]


@torch.inference_mode()
def slow_spans(base: BaseModel, text: str, types: Sequence[str] | None) -> list[Span]:
    """The spans of one text: window by window, each alone, decisions from the full vocabulary."""
    reader, prefix, pieces = base.reader(), base.tokens.prefix(types), cut(text)
    encoded = base.tokens.pieces(text, pieces)
    decisions = []
    for window in sentence_windows(text, pieces, [len(ids) for ids in encoded]):
        states = states_alone(reader, prefix, extraction_passage(encoded[window.first : window.last]))
        token = len(prefix) - 1
        for index in range(window.first, window.last):
            token += len(encoded[index])
            if window.keep_first <= index < window.keep_last:
                logits = (reader.head @ states[token])[list(base.tokens.labels)].double()
                decisions.append((logits - logits.logsumexp(dim=0)).numpy())
    scores = np.array(decisions).reshape(-1, 5)
    found = spans_of(best_sequence(scores))
    return [Span(pieces[first].start, pieces[last].end, score) for (first, last), score in zip(found, span_probabilities(scores, found), strict=True)]


def same(left: Sequence[Span], right: Sequence[Span]) -> bool:
    offsets = [span[:2] for span in left] == [span[:2] for span in right]
    return offsets and [span.score for span in left] == pytest.approx([span.score for span in right], abs=1e-4)


def test_a_decision_is_read_at_the_last_token_of_each_piece() -> None:
    passage = extraction_passage([(5, 6), (7,), (8, 9, 10)], labels=[0, 4, 0])
    assert passage.ids == (5, 6, 7, 8, 9, 10)
    assert passage.positions == (0, 1, 2, 3, 4, 5)
    assert passage.branches == (0,) * 6
    assert passage.reads == (Read(1, 0), Read(2, 0), Read(5, 0))
    assert passage.answers == (0, 4, 0)
    assert extraction_passage([(5,)]).answers is None


@pytest.mark.parametrize("types", [TYPES, ["人物"], None])
def test_many_texts_equal_one_at_a_time(base: BaseModel, types: list[str] | None) -> None:
    together = Extractor(base.reader(), base.tokens, 400)(TEXTS, types)
    assert sum(map(len, together)) > 20  # random weights find much
    assert [same(spans, slow_spans(base, text, types)) for text, spans in zip(TEXTS, together, strict=True)] == [True] * len(TEXTS)


def test_texts_without_pieces_have_no_spans(base: BaseModel) -> None:
    extract = Extractor(base.reader(), base.tokens, 400)
    assert extract([], TYPES) == []
    assert extract(["", " \n"], TYPES) == [[], []]


@pytest.mark.parametrize("name", ["gemma", "qwen"])
def test_a_text_of_several_windows_equals_window_by_window(name: str, request: pytest.FixtureRequest) -> None:
    base: BaseModel = request.getfixturevalue(name)
    text = random_text(random.Random(3), 450)
    assert len(sentence_windows(text, cut(text), [len(ids) for ids in base.tokens.pieces(text, cut(text))])) > 2
    spans = Extractor(base.reader(), base.tokens, 2048)([text], TYPES)[0]
    assert same(spans, slow_spans(base, text, TYPES))
    assert spans[-1].end > len(text) - 200  # the end is read too


def test_a_word_longer_than_a_window_is_read_to_its_end(gemma: BaseModel) -> None:
    text = "Ada " + "z" * (2 * WINDOW_TOKENS) + " Bob"
    assert same(Extractor(gemma.reader(), gemma.tokens, 2048)([text], TYPES)[0], slow_spans(gemma, text, TYPES))


def test_the_types_asked_for_change_the_spans(base: BaseModel) -> None:
    extract = Extractor(base.reader(), base.tokens, 2048)
    assert extract(TEXTS, ["person"]) != extract(TEXTS, ["river bank"])


def test_spans_are_visible_text_in_order_without_overlap(base: BaseModel) -> None:
    for text, spans in zip(TEXTS, Extractor(base.reader(), base.tokens, 2048)(TEXTS, TYPES), strict=True):
        assert all(left.end <= right.start for left, right in itertools.pairwise(spans))
        for span in spans:
            assert text[span.start : span.end] == text[span.start : span.end].strip() != ""
            assert 0.0 < span.score <= 1.0


def test_decisions_become_characters() -> None:
    scores = np.full((4, 5), -50.0)
    scores[range(4), [4, 0, 1, 3]] = 0.0
    assert decode(cut("  Ada met\nKing  Bob "), scores) == [Span(2, 5, 1.0), Span(10, 19, 1.0)]
