"""The extractor: every piece decided once, long texts and many texts at once as one by one."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from slow_reading import states_alone
from tiny_models import random_text

from cascade.model.base_model import BaseModel
from cascade.reading.passage import Read
from cascade.stages.decisions import best_sequence, span_probabilities, spans_of
from cascade.stages.extractor import Extractor, Span, decode, extraction_passage
from cascade.stages.seams import parts_between_seams
from cascade.text.encoded import encode
from cascade.text.pieces import cut
from cascade.text.windows import WINDOW_TOKENS, Window, sentence_windows

TYPES = ["person", "place", "company"]
TEXTS = [
    "Ada met Bob",
    "",
    " \n\t ",
    "x" * 900,
    *[random_text(random.Random(seed), 5 + 3 * seed) for seed in range(10)],
    "王小明在北京大学",
    "",
]


@torch.inference_mode()
def slow_spans(base: BaseModel, text: str, types: Sequence[str] | None) -> list[Span]:
    """The spans of one text: window by window, each alone, decisions from the full vocabulary."""
    reader, prefix, pieces = base.reader(), base.tokens.prefix(types), cut(text)
    encoded = base.tokens.pieces(text, pieces)
    made = sentence_windows(text, pieces, [len(ids) for ids in encoded])
    decisions = []
    for window in made:
        states = states_alone(reader, prefix, extraction_passage(encoded[window.first : window.last]))
        ends = len(prefix) - 1 + np.cumsum([len(ids) for ids in encoded[window.first : window.last]])
        logits = [(reader.head @ states[int(end)])[list(base.tokens.labels)].double() for end in ends]
        decisions.append(np.stack([(each - each.logsumexp(dim=0)).numpy() for each in logits]))
    result = []
    for begin, scores in parts_between_seams(made, decisions):
        found = spans_of(best_sequence(scores))
        probabilities = span_probabilities(scores, found)
        for (first, last), score in zip(found, probabilities, strict=True):
            result.append(Span(pieces[begin + first].start, pieces[begin + last].end, score))
    return result


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


@pytest.mark.slow
@pytest.mark.parametrize("types", [TYPES, ["人物"], None])
def test_many_texts_equal_one_at_a_time(base: BaseModel, types: list[str] | None) -> None:
    together = Extractor(base.reader(), base.tokens, 400)(TEXTS, types)
    assert sum(map(len, together)) > 20  # random weights find much
    assert [same(spans, slow_spans(base, text, types)) for text, spans in zip(TEXTS, together, strict=True)] == [
        True
    ] * len(TEXTS)


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


def test_a_name_across_a_seam_comes_out_whole(gemma: BaseModel, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "one two three four five Bank of New England six seven eight"
    # the window of the pieces 0 to 7, where the name is cut off, and 4 to 11
    left, right = [0] * 8, [0, 1, 2, 2, 3, 0, 0, 0]
    answers = [[np.where(np.arange(5) == label, -0.01, -9.0) for label in labels] for labels in (left, right)]
    monkeypatch.setattr("cascade.stages.extractor.read_passages", lambda *_, **__: answers)
    encoded = encode(text, gemma.tokens, windows=lambda *_: [Window(0, 8, 0, 6), Window(4, 12, 6, 12)])
    [spans] = Extractor(gemma.reader(), gemma.tokens, 2048)([encoded], TYPES)
    assert [text[span.start : span.end] for span in spans] == ["Bank of New England"]


def test_names_of_two_sentences_are_not_joined(gemma: BaseModel, monkeypatch: pytest.MonkeyPatch) -> None:
    single = np.array([-9.0, -9.0, -9.0, -9.0, -3.0])  # O B I E S: what is no part of a longer name is one by itself
    answers = [[np.where(np.arange(5) == label, -0.01, single) for label in labels] for labels in ((0, 1), (3, 0))]
    monkeypatch.setattr("cascade.stages.extractor.read_passages", lambda *_, **__: answers)
    made = [Window(0, 2, 0, 2), Window(2, 4, 2, 4)]
    encoded = encode("Then Ada\n\nBob left", gemma.tokens, windows=lambda *_: made)
    [spans] = Extractor(gemma.reader(), gemma.tokens, 2048)([encoded], TYPES)
    assert [span[:2] for span in spans] == [(5, 8), (10, 13)]


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
