"""The classifier: spans that nest, cross and touch, long texts, many texts at once."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from slow_reading import classified, query_states_alone, slow_log_probabilities
from tiny_models import random_text

from cascade.model.base_model import BaseModel
from cascade.reading.passage import Read
from cascade.stages.classifier import MOST_SPAN_TOKENS, Classifier, by_window, query_passage
from cascade.stages.extractor import Extractor
from cascade.stages.type_trie import build_trie
from cascade.stages.waves import BothStages
from cascade.text.encoded import encode
from cascade.text.pieces import cut
from cascade.text.tokens import Marks
from cascade.text.windows import Window, sentence_windows

TYPES = ["person", "place", "place name", "company"]
MARKS = Marks(6, 7)
PIECES = [(10,), (20, 21), (30,), (40,)]  # four pieces, the second of two tokens


@pytest.mark.parametrize(
    ("spans", "ids", "positions"),
    [
        ([], (), ()),
        ([(0, 0)], (6, 10, 7), (0, 1, 2)),
        ([(1, 2)], (6, 20, 21, 30, 7), (1, 2, 3, 4, 5)),
        ([(0, 1), (1, 2)], (6, 10, 20, 21, 7, 6, 20, 21, 30, 7), (0, 1, 2, 3, 4, 1, 2, 3, 4, 5)),  # crossing
        ([(3, 3), (3, 3)], (6, 40, 7, 6, 40, 7), (4, 5, 6, 4, 5, 6)),  # equal
    ],
)
def test_a_query_is_the_span_between_marks_at_its_place(
    gemma: BaseModel, spans: list[tuple[int, int]], ids: tuple[int, ...], positions: tuple[int, ...]
) -> None:
    passage, read_of = query_passage(PIECES, spans, build_trie(["person"], gemma.tokens), MARKS)
    assert (passage.ids, passage.positions) == (ids, positions)
    size = len(ids) // max(1, len(spans))
    assert passage.queries == tuple(number for number in range(1, len(spans) + 1) for _ in range(size))
    assert set(passage.branches) <= {0}
    assert passage.reads == tuple(Read(size * number + size - 1, 0) for number in range(len(spans)))
    assert read_of == [[number] for number in range(len(spans))]


def test_a_query_stands_behind_what_is_in_front_of_the_text(gemma: BaseModel) -> None:
    passage, _ = query_passage(PIECES, [(1, 1)], build_trie(["person"], gemma.tokens), MARKS, before=5)
    assert passage.positions == (6, 7, 8, 9)


def test_of_a_long_span_the_query_holds_both_ends(gemma: BaseModel) -> None:
    trie = build_trie(["person"], gemma.tokens)
    for size in (MOST_SPAN_TOKENS, MOST_SPAN_TOKENS + 1, 40):
        passage, _ = query_passage([(100 + token,) for token in range(50)], [(3, 2 + size)], trie, MARKS)
        kept = list(range(size)) if size <= MOST_SPAN_TOKENS else [*range(8), *range(size - 8, size)]
        assert passage.ids == (6, *(103 + token for token in kept), 7)
        assert passage.positions == (3, *(4 + token for token in kept), size + 4)


def test_branches_go_on_from_their_close_mark(gemma: BaseModel) -> None:
    trie = build_trie(["river", "river bank"], gemma.tokens)
    (river,) = gemma.tokens.name("river")
    passage, read_of = query_passage(PIECES, [(3, 3), (0, 0)], trie, MARKS)
    assert passage.ids == (6, 40, 7, river, 6, 10, 7, river)
    assert passage.positions == (4, 5, 6, 7, 0, 1, 2, 3)
    assert passage.queries == (1, 1, 1, 1, 2, 2, 2, 2)
    assert passage.branches == (0, 0, 0, 1, 0, 0, 0, 1)
    assert passage.reads == (Read(2, 0), Read(3, 1), Read(6, 0), Read(7, 1))
    assert read_of == [[0, 1], [2, 3]]


def test_in_training_only_the_branch_of_the_right_answer_is_read(gemma: BaseModel) -> None:
    trie = build_trie(["river", "river bank", "person"], gemma.tokens)
    passage, read_of = query_passage(PIECES, [(3, 3), (0, 0), (1, 1)], trie, MARKS, answers=[1, 2, 0])
    assert [
        trie.questions[read.question][answer] for read, answer in zip(passage.reads, passage.answers or (), strict=True)
    ] == [
        gemma.tokens.name("river")[0],
        gemma.tokens.name("bank")[0],
        gemma.tokens.name("person")[0],
        gemma.tokens.name("river")[0],
        gemma.tokens.end_id,
    ]
    assert read_of == [[0, 1], [2, -1], [3, 4]]


def characters(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of pieces (first, last) as characters."""
    pieces = cut(text)
    return [(pieces[first].start, pieces[last].end) for first, last in spans]


@pytest.mark.parametrize("asked", [None, ["river"], [f"kind {number}" for number in range(9)]])
def test_each_span_equals_one_pass_over_text_and_query(base: BaseModel, asked: list[str] | None) -> None:
    text = "Ada met the red cross in London."
    places = [(0, 0), (3, 4), (6, 6), (0, 7), (3, 5), (4, 6)]  # nested and crossing ones too
    [answers] = classified(base, [text], [characters(text, places)], TYPES, asked=asked)
    pieces = base.tokens.pieces(text, cut(text))
    for place, answer in zip(places, answers, strict=True):
        expected = slow_log_probabilities(base.reader(), base.tokens, TYPES, pieces, place, asked=asked)
        assert answer == pytest.approx(expected, abs=3e-4)


def test_what_the_text_was_read_for_matters(base: BaseModel) -> None:
    text = "Ada met the red cross in London."
    first, second = (
        classified(base, [text], [[(0, 3)]], TYPES, asked=asked)[0][0] for asked in (["river"], ["person", "bank"])
    )
    assert first != pytest.approx(second, abs=1e-3)


def test_other_spans_change_nothing(base: BaseModel) -> None:
    text = "Ada met the red cross in London."
    spans = characters(text, [(0, 0), (3, 4), (0, 4), (3, 4)])
    [together] = classified(base, [text], [spans], TYPES)
    for span, answer in zip(spans, together, strict=True):
        assert classified(base, [text], [[span]], TYPES)[0][0] == pytest.approx(answer, abs=1e-4)


def test_the_text_around_a_span_matters(base: BaseModel) -> None:
    first, second = (
        classified(base, [text], [[(0, 3)]], TYPES)[0][0] for text in ("Ada met Bob", "Ada saw the red cross")
    )
    assert first != pytest.approx(second, abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_spans_does_not_matter(base: BaseModel, seed: int) -> None:
    source, text = random.Random(seed), random_text(random.Random(seed), 14)
    count = len(cut(text))
    places = list(
        {(first, min(count - 1, first + source.randint(0, 5))) for first in source.choices(range(count), k=9)}
    )
    order = source.sample(range(len(places)), k=len(places))
    spans = characters(text, places)
    [forward] = classified(base, [text], [spans], TYPES)
    [shuffled] = classified(base, [text], [[spans[index] for index in order]], TYPES)
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
    together = classified(base, texts, spans, TYPES, batch_tokens=300)
    assert [len(answers) for answers in together] == [len(wanted) for wanted in spans]
    for text, wanted, answers in zip(texts, spans, together, strict=True):
        [alone] = classified(base, [text], [wanted], TYPES)
        for left, right in zip(answers, alone, strict=True):
            assert left == pytest.approx(right, abs=1e-4)
            assert np.exp(left).sum() == pytest.approx(1.0, abs=1e-6)


def test_no_texts_give_no_answers(base: BaseModel) -> None:
    assert classified(base, [], [], TYPES) == []


def test_a_span_of_white_space_is_none_of_these(base: BaseModel) -> None:
    [answers] = classified(base, ["Ada  met"], [[(3, 5), (0, 3)]], TYPES)
    assert answers[0].argmax() == len(TYPES)
    assert answers[0][-1] == 0.0
    assert np.exp(answers[1]).sum() == pytest.approx(1.0)


def test_spans_are_read_in_the_window_that_keeps_their_first_piece(gemma: BaseModel) -> None:
    def two(text: str, pieces: object, counts: object) -> list[Window]:
        return [Window(0, 10, 0, 8), Window(6, 20, 8, 20)]

    text = encode(" ".join("abcdefghijklmnopqrst"), gemma.tokens, windows=two)

    def group(*places: tuple[int, int]) -> dict[int, list[int]]:
        return by_window(text, characters(text.text, places))

    assert group((3, 4), (0, 0)) == {0: [0, 1]}
    assert group((8, 9), (7, 7), (19, 19)) == {0: [1], 1: [0, 2]}
    assert group((7, 12)) == {0: [0]}
    assert group() == {}
    assert by_window(text, [(1, 2), (0, 1)]) == {0: [1]}  # the first is a blank


def test_spans_of_a_long_text_equal_those_of_their_windows(gemma: BaseModel) -> None:
    text = random_text(random.Random(2), 700)
    pieces = cut(text)
    encoded = gemma.tokens.pieces(text, pieces)
    windows = sentence_windows(text, pieces, [len(ids) for ids in encoded])
    places = [(5, 6), (len(pieces) // 2, len(pieces) // 2), (len(pieces) - 1, len(pieces) - 1)]
    [answers] = classified(gemma, [text], [characters(text, places)], TYPES)
    for (first, last), answer in zip(places, answers, strict=True):
        [window] = [each for each in windows if each.keep_first <= first < each.keep_last]
        span = first - window.first, last - window.first
        inside = encoded[window.first : window.last]
        expected = slow_log_probabilities(gemma.reader(), gemma.tokens, TYPES, inside, span)
        assert answer == pytest.approx(expected, abs=5e-4)


def test_a_query_may_hold_more_of_a_span_than_its_window(gemma: BaseModel) -> None:
    """The span ends in the next window: its query has its last tokens, its text does not."""

    def two(text: str, pieces: object, counts: object) -> list[Window]:
        return [Window(0, 2, 0, 2), Window(2, 4, 2, 4)]

    tokens = gemma.tokens
    text = encode("Ada met the red", tokens, windows=two)
    extractor, classifier = Extractor(gemma.reader(), tokens, 64), Classifier(gemma.reader(), tokens, 64)
    [[answer]] = classifier(extractor.read([text], TYPES), [[(4, 15)]], TYPES)
    queries, _ = query_passage(text.ids, [(1, 3)], build_trie(TYPES, tokens), tokens.marks)
    in_window = [token for piece in text.ids[:2] for token in piece]
    states = query_states_alone(gemma.reader(), tokens.prefix(TYPES), in_window, tokens.prefix(TYPES), queries)
    first = next(number for number, branch in enumerate(queries.branches) if branch) - 1
    candidates = build_trie(TYPES, tokens).questions[0]
    scores = (states[first] @ gemma.reader().head[list(candidates)].T).log_softmax(-1).tolist()
    company = candidates.index(tokens.name("company")[0])
    assert answer[3] == pytest.approx(scores[company], abs=1e-4)


def test_given_spans_of_many_long_texts_are_typed_wave_by_wave(
    gemma: BaseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = random.Random(3)
    texts = [encode(random_text(source, words), gemma.tokens) for words in (400, 3, 0, 60, 900, 5)]
    spans = [
        characters(text.text, sorted({(place, place) for place in source.choices(range(len(text.pieces)), k=6)}))
        if text.pieces
        else [(0, 0)]
        for text in texts
    ]
    expected = classified(gemma, [text.text for text in texts], spans, TYPES)
    monkeypatch.setattr("cascade.stages.waves.LEAST_TOKENS", 300)
    both = BothStages(Extractor(gemma.reader(), gemma.tokens, 64), Classifier(gemma.reader(), gemma.tokens, 64))
    found = both.typed(texts, spans, TYPES)
    assert [len(each) for each in found] == [len(each) for each in expected]
    for left, right in zip(found, expected, strict=True):
        for one, other in zip(left, right, strict=True):
            assert one == pytest.approx(other, abs=1e-4)
