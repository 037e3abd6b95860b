"""The classifier: spans that nest, cross and touch, long texts, many texts at once."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import numpy as np
import pytest
from tiny_models import marked, random_text, slow_log_probabilities

from cascade.model.base_model import BaseModel
from cascade.reading.passage import Read
from cascade.stages.classifier import MOST_NESTED, Classifier, _clipped, _focus, classification_passage, layers
from cascade.stages.type_trie import build_trie
from cascade.text.pieces import cut
from cascade.text.tokens import Marks
from cascade.text.windows import WINDOW_TOKENS, Window, sentence_windows, windows

TYPES = ["person", "place", "place name", "company"]
MARKS = Marks(6, 7)
PIECES = [(10,), (20, 21), (30,), (40,)]  # four pieces, the second of two tokens


def marked_ids(gemma: BaseModel, spans: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """The text's tokens of the passage of `spans`, without branches; 6 and 7 are the marks."""
    passage, _ = classification_passage(PIECES, spans, build_trie(["person"], gemma.tokens), MARKS)
    return tuple(token for token, branch in zip(passage.ids, passage.branches, strict=True) if not branch)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], (10, 20, 21, 30, 40)),
        ([(1, 2)], (10, 6, 20, 21, 30, 7, 40)),
        ([(0, 0), (1, 1)], (6, 10, 7, 6, 20, 21, 7, 30, 40)),  # adjacent
        ([(1, 1), (0, 3)], (6, 10, 6, 20, 21, 7, 30, 40, 7)),  # nested, inner one first in the list
        ([(0, 0), (0, 1), (0, 3)], (6, 6, 6, 10, 7, 20, 21, 7, 30, 40, 7)),  # beginning together
        ([(3, 3), (2, 3)], (10, 20, 21, 6, 30, 6, 40, 7, 7)),  # ending together
        ([(2, 2), (2, 2)], (10, 20, 21, 6, 6, 30, 7, 7, 40)),  # equal
    ],
)
def test_marks_stand_around_their_spans(
    gemma: BaseModel, spans: list[tuple[int, int]], expected: tuple[int, ...]
) -> None:
    assert marked_ids(gemma, spans) == expected


def test_each_span_is_read_at_its_own_close_mark(gemma: BaseModel) -> None:
    trie = build_trie(["person"], gemma.tokens)
    passage, read_of = classification_passage(PIECES, [(3, 3), (0, 3), (0, 0)], trie, MARKS)
    assert passage.ids == (6, 6, 10, 7, 20, 21, 30, 6, 40, 7, 7)
    assert passage.reads == (Read(9, 0), Read(10, 0), Read(3, 0))  # in the order of the spans
    assert read_of == [[0], [1], [2]]


def test_branches_go_on_from_their_close_mark(gemma: BaseModel) -> None:
    trie = build_trie(["river", "river bank"], gemma.tokens)
    (river,) = gemma.tokens.name("river")
    passage, read_of = classification_passage(PIECES, [(3, 3), (0, 0)], trie, MARKS)
    assert passage.ids == (6, 10, 7, 20, 21, 30, 6, 40, 7, river, river)
    assert passage.positions == (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3)
    assert passage.branches == (0,) * 9 + (1, 2)
    assert passage.reads == (Read(8, 0), Read(2, 0), Read(9, 1), Read(10, 1))
    assert read_of == [[0, 2], [1, 3]]


def test_in_training_only_the_branch_of_the_right_answer_is_read(gemma: BaseModel) -> None:
    trie = build_trie(["river", "river bank", "person"], gemma.tokens)
    passage, read_of = classification_passage(PIECES, [(3, 3), (0, 0), (1, 1)], trie, MARKS, answers=[1, 2, 0])
    assert [
        trie.questions[read.question][answer] for read, answer in zip(passage.reads, passage.answers or (), strict=True)
    ] == [
        gemma.tokens.name("river")[0],
        gemma.tokens.name("person")[0],
        gemma.tokens.name("river")[0],
        gemma.tokens.name("bank")[0],
        gemma.tokens.end_id,
    ]
    assert read_of == [[0, 3], [1, -1], [2, 4]]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([(2, 3), (0, 1)], [[1, 0]]),
        ([(0, 2), (1, 3)], [[0], [1]]),  # crossing
        ([(0, 1), (1, 2), (2, 3)], [[0, 2], [1]]),  # the third crosses the second alone
        ([(0, 3), (0, 3)], [[0, 1]]),  # equal spans nest
        ([(2, 2), (1, 3), (0, 4), (0, 5)], [[3, 2, 1], [0]]),  # too deep by one
        ([(0, 1), (2, 3), (0, 3)], [[2, 0, 1]]),
    ],
)
def test_layers_by_hand(spans: list[tuple[int, int]], expected: list[list[int]]) -> None:
    assert layers(spans) == expected


@pytest.mark.parametrize("seed", range(30))
def test_layers_hold_every_span_once_without_crossing_or_nesting_too_deep(seed: int) -> None:
    source = random.Random(seed)
    spans = [(first, first + source.randint(0, 6)) for first in source.choices(range(12), k=source.randint(1, 20))]
    made = layers(spans)
    assert sorted(index for layer in made for index in layer) == list(range(len(spans)))
    for layer in made:
        for left, right in itertools.permutations([spans[index] for index in layer], 2):
            assert not left[0] < right[0] <= left[1] < right[1]
        for piece in range(20):
            assert sum(spans[index][0] <= piece <= spans[index][1] for index in layer) <= MOST_NESTED


def characters(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of pieces (first, last) as characters."""
    pieces = cut(text)
    return [(pieces[first].start, pieces[last].end) for first, last in spans]


def test_each_span_equals_the_span_marked_alone_where_no_other_is_asked(base: BaseModel) -> None:
    text, classify = "Ada met the red cross in London.", Classifier(base.reader(), base.tokens, 2048)
    for first, last in [(0, 0), (3, 4), (6, 6), (0, 7)]:
        expected = slow_log_probabilities(
            base.reader(), base.tokens, TYPES, *marked(base.tokens, text, (first, last + 1))
        )
        assert classify([text], [characters(text, [(first, last)])], TYPES)[0][0] == pytest.approx(expected, abs=2e-4)


def test_all_marks_of_a_passage_are_read_with_each_span(base: BaseModel) -> None:
    text, tokens, reader = "Ada met Bob", base.tokens, base.reader()
    ada, met, bob = tokens.pieces(text, cut(text))
    opened, closed = tokens.marks
    ids = (opened, *ada, closed, *met, opened, *bob, closed)
    expected = [
        slow_log_probabilities(reader, tokens, TYPES, ids, close_at) for close_at in (len(ada) + 1, len(ids) - 1)
    ]
    answers = Classifier(reader, tokens, 2048)([text], [characters(text, [(0, 0), (2, 2)])], TYPES)[0]
    assert np.stack(answers) == pytest.approx(np.array(expected), abs=2e-4)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_spans_does_not_matter(base: BaseModel, seed: int) -> None:
    source, text = random.Random(seed), random_text(random.Random(seed), 14)
    count = len(cut(text))
    places = list(
        {(first, min(count - 1, first + source.randint(0, 5))) for first in source.choices(range(count), k=9)}
    )
    order = source.sample(range(len(places)), k=len(places))
    spans, classify = characters(text, places), Classifier(base.reader(), base.tokens, 2048)
    forward, shuffled = (
        classify([text], [spans], TYPES)[0],
        classify([text], [[spans[index] for index in order]], TYPES)[0],
    )
    assert np.stack(shuffled) == pytest.approx(np.stack([forward[index] for index in order]), abs=1e-4)


def test_many_texts_equal_one_at_a_time(base: BaseModel) -> None:
    source = random.Random(4)
    texts = ["", " \n ", "x" * 700, *[random_text(source, source.randint(1, 40)) for _ in range(12)], "Ada met Bob", ""]
    spans: list[list[tuple[int, int]]] = []
    for text in texts:
        pieces = cut(text)
        some = (
            sorted(
                {
                    (first, min(len(pieces) - 1, first + source.randint(0, 3)))
                    for first in source.choices(range(len(pieces)), k=3)
                }
            )
            if pieces
            else []
        )
        spans.append(characters(text, some) if source.random() < 0.8 else [])
    classify = Classifier(base.reader(), base.tokens, 300)
    together = classify(texts, spans, TYPES)
    assert [len(answers) for answers in together] == [len(wanted) for wanted in spans]
    for text, wanted, answers in zip(texts, spans, together, strict=True):
        alone = classify([text], [wanted], TYPES)[0]
        for left, right in zip(answers, alone, strict=True):
            assert left == pytest.approx(right, abs=1e-4)
            assert np.exp(left).sum() == pytest.approx(1.0, abs=1e-6)


def test_no_texts_give_no_answers(base: BaseModel) -> None:
    assert Classifier(base.reader(), base.tokens, 2048)([], [], TYPES) == []


def test_a_span_of_white_space_is_none_of_these(base: BaseModel) -> None:
    answers = Classifier(base.reader(), base.tokens, 2048)(["Ada  met"], [[(3, 5), (0, 3)]], TYPES)[0]
    assert answers[0].argmax() == len(TYPES)
    assert answers[0][-1] == 0.0


def test_spans_are_read_in_the_window_that_keeps_their_first_piece() -> None:
    two = [Window(0, 10, 0, 8), Window(6, 20, 8, 20)]
    assert _focus([(3, 4), (0, 0)], two) == [([0, 1], 0, 10)]
    assert _focus([(8, 9), (7, 7), (19, 19)], two) == [([1], 0, 10), ([0, 2], 6, 20)]
    assert _focus([(7, 12)], two) == [([0], 0, 13)]  # as far as the span reaches
    assert _focus([], two) == []


def test_a_long_span_is_typed_by_its_beginning_and_a_short_one_whole() -> None:
    half = WINDOW_TOKENS // 2
    assert _clipped((2, 5), [1] * 10) == (2, 5)
    assert _clipped((0, 2 * half), [1] * 1000) == (0, half - 1)
    assert _clipped((1, 3), [1, 1000, 1, 1]) == (1, 1)


@pytest.mark.parametrize("seed", range(30))
def test_every_span_of_a_long_text_is_read_whole_once(seed: int) -> None:
    source = random.Random(seed)
    counts = [source.choice((1, 1, 2, 5)) for _ in range(source.randint(300, 900))]
    spans = [
        (first, min(len(counts) - 1, first + source.choice((0, 1, 5, 30))))
        for first in source.choices(range(len(counts)), k=source.randint(1, 40))
    ]
    focus = _focus(spans, windows(counts))
    assert sorted(index for group, _, _ in focus for index in group) == list(range(len(spans)))
    for group, first, last in focus:
        assert all(first <= spans[index][0] and spans[index][1] < last for index in group)


def test_spans_of_a_long_text_equal_those_of_their_surroundings(gemma: BaseModel) -> None:
    text = random_text(random.Random(2), 700)
    pieces = cut(text)
    encoded = gemma.tokens.pieces(text, pieces)
    classify = Classifier(gemma.reader(), gemma.tokens, 2048)
    places = [(5, 6), (len(pieces) // 2, len(pieces) // 2), (len(pieces) - 1, len(pieces) - 1)]
    answers = classify([text], [characters(text, places)], TYPES)[0]
    focus = _focus(places, sentence_windows(text, pieces, [len(ids) for ids in encoded]))
    assert len(focus) == 3
    for (group, first, last), answer in zip(focus, answers, strict=True):
        ids, close_at = marked_window(encoded, places[group[0]], first, last, gemma.tokens.marks)
        expected = slow_log_probabilities(gemma.reader(), gemma.tokens, TYPES, ids, close_at)
        assert answer == pytest.approx(expected, abs=5e-4)


def marked_window(
    encoded: Sequence[tuple[int, ...]], span: tuple[int, int], first: int, last: int, marks: Marks
) -> tuple[tuple[int, ...], int]:
    """Ids of the pieces first..last with one span marked, and the index of its close mark."""
    before = [token for piece in encoded[first : span[0]] for token in piece]
    inside = [token for piece in encoded[span[0] : span[1] + 1] for token in piece]
    after = [token for piece in encoded[span[1] + 1 : last] for token in piece]
    return (*before, marks.open, *inside, marks.close, *after), len(before) + len(inside) + 1
