"""The type trie: against every name's probability computed token by token, one span and one name at a time."""

from __future__ import annotations

import random

import numpy as np
import pytest
from slow_reading import classified, slow_log_probabilities
from tiny_models import WORDS

import cascade.stages.classifier
import cascade.stages.type_trie
from cascade.errors import TaxonomyError
from cascade.model.base_model import BaseModel
from cascade.stages.type_trie import NONE_OF_THESE, build_trie
from cascade.text.pieces import cut

TEXT = "Ada met the red cross in London and Köln."

TYPE_LISTS = {
    "single tokens": ["person", "river", "bank"],
    "one type": ["person"],
    "one type that begins as none of these": ["none of"],
    "a name that begins others": ["river", "river bank", "river bank in London", "bank"],
    "shared first tokens": [
        "place name",
        "place in London",
        "place",
        "company or institution",
        "company or person",
        "company",
    ],
    "all begin alike": ["none of them", "none", "none of", "none of these rivers"],
    "Chinese and Arabic": ["人物", "地点", "地方", "组织", "الشخص", "المكان", "الش"],
    "sixty types": [
        f"{first} {second}"
        for first in ("red", "London", "人物", "river", "person", "O")
        for second in ("B", "bank", "河", "name", "person", "2", "22", "I", "или", "-")
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("types", TYPE_LISTS.values(), ids=TYPE_LISTS.keys())
def test_answers_equal_those_of_one_name_at_a_time(
    base: BaseModel, types: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cascade.stages.classifier, "_FEW_BRANCH_TOKENS", 10_000)
    pieces = cut(TEXT)
    answers = classified(base, [TEXT], [[(pieces[2].start, pieces[4].end)]], types, asked=["Ada"])[0][0]
    encoded = base.tokens.pieces(TEXT, pieces)
    expected = slow_log_probabilities(base.reader(), base.tokens, types, encoded, (2, 4), asked=["Ada"])
    assert answers == pytest.approx(expected, abs=2e-4)
    assert np.exp(answers).sum() == pytest.approx(1.0, abs=1e-6)
    assert len(answers) == len(types) + 1


@pytest.mark.parametrize("types", TYPE_LISTS.values(), ids=TYPE_LISTS.keys())
def test_a_second_pass_reads_what_the_best_name_hangs_on(
    base: BaseModel, types: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    trie, pieces = build_trie(types, base.tokens), cut(TEXT)
    spans = [(pieces[first].start, pieces[last].end) for first, last in ((0, 0), (2, 4), (6, 6), (8, 8))]
    monkeypatch.setattr(cascade.stages.classifier, "_FEW_BRANCH_TOKENS", 10_000)
    [all_read] = classified(base, [TEXT], [spans], types)
    monkeypatch.setattr(cascade.stages.classifier, "_FEW_BRANCH_TOKENS", -1)
    [found] = classified(base, [TEXT], [spans], types)
    for right, answer in zip(all_read, found, strict=True):
        best = int(right.argmax())
        assert answer.argmax() == best
        assert answer[best] == pytest.approx(right[best], abs=2e-4)
        assert np.exp(answer).sum() == pytest.approx(1.0, abs=1e-6)
        for candidate in range(
            len(trie.questions[trie.at_mark]) if trie.at_mark is not None else 0
        ):  # names that begin alike keep their probability together
            alike = [name for name, route in enumerate(trie.routes) if route[0] == (trie.at_mark, candidate)]
            assert np.exp(answer[alike]).sum() == pytest.approx(np.exp(right[alike]).sum(), abs=1e-4)


def test_what_is_unsettled_by_hand(gemma: BaseModel) -> None:
    trie = build_trie(["river", "person", "river bank", "place name", "place in London"], gemma.tokens)
    begins = [branch.tokens[0] for branch in trie.branches]
    below_river, below_place = (begins.index(gemma.tokens.name(name)[0]) for name in ("river", "place"))
    order = [gemma.tokens.name(name)[0] for name in ("river", "person", "place", NONE_OF_THESE)]
    assert trie.questions[trie.at_mark or 0] == tuple(order)
    assert trie.unsettled(np.log([0.1, 0.6, 0.2, 0.1])) == []
    assert trie.unsettled(np.log([0.5, 0.3, 0.1, 0.1])) == [below_river]
    assert trie.unsettled(np.log([0.1, 0.2, 0.5, 0.2])) == [below_place]
    assert sorted(trie.unsettled(np.log([0.4, 0.1, 0.4, 0.1]))) == sorted([below_river, below_place])


def test_names_below_an_unread_question_share_its_probability(gemma: BaseModel) -> None:
    trie = build_trie(["river", "person", "river bank"], gemma.tokens)
    assert np.exp(trie.log_probabilities([np.log([0.5, 0.2, 0.3]), None])).tolist() == pytest.approx(
        [0.25, 0.2, 0.25, 0.3]
    )
    assert np.exp(trie.log_probabilities([np.log([0.5, 0.2, 0.3]), np.log([0.9, 0.1])])).tolist() == pytest.approx(
        [0.05, 0.2, 0.45, 0.3]
    )


@pytest.mark.parametrize("types", TYPE_LISTS.values(), ids=TYPE_LISTS.keys())
def test_any_answers_to_the_questions_make_probabilities(base: BaseModel, types: list[str]) -> None:
    trie = build_trie(types, base.tokens)
    source = np.random.default_rng(3)
    logits = [source.normal(size=len(question)) for question in trie.questions]
    answers = [scores - np.log(np.exp(scores).sum()) for scores in logits]
    assert np.exp(trie.log_probabilities(answers)).sum() == pytest.approx(1.0)
    assert trie.names == (*types, NONE_OF_THESE)


@pytest.mark.parametrize("seed", range(10))
def test_every_question_is_read_in_exactly_one_place(base: BaseModel, seed: int) -> None:
    source = random.Random(seed)
    types = list({" ".join(source.choices(WORDS[:16], k=source.randint(1, 3))) for _ in range(source.randint(1, 25))})
    trie = build_trie(types, base.tokens)
    reads = [] if trie.at_mark is None else [trie.at_mark]
    reads += [question for branch in trie.branches for _, question in branch.reads]
    assert sorted(reads) == list(range(len(trie.questions)))
    assert all(len(question) > 1 for question in trie.questions)
    assert len(set(trie.routes)) == len(trie.names)


def test_a_trie_by_hand(gemma: BaseModel) -> None:
    river, bank, person = (gemma.tokens.name(name)[0] for name in ("river", "bank", "person"))
    none = gemma.tokens.name(NONE_OF_THESE)[0]
    trie = build_trie(["river", "person", "river bank"], gemma.tokens)
    assert trie.questions == ((river, person, none), (bank, gemma.tokens.end_id))
    assert trie.at_mark == 0
    assert [(branch.tokens, branch.reads) for branch in trie.branches] == [((river,), ((0, 1),))]
    assert trie.routes == (((0, 0), (1, 1)), ((0, 1),), ((0, 0), (1, 0)), ((0, 2),))


def test_answers_that_all_begin_alike_are_not_asked_at_the_mark(gemma: BaseModel) -> None:
    assert build_trie(["none of"], gemma.tokens).at_mark is None


def test_names_of_the_same_tokens_are_refused(gemma: BaseModel, qwen: BaseModel) -> None:
    with pytest.raises(TaxonomyError) as error:
        build_trie(["person", "red cross", "red▁cross"], gemma.tokens)
    assert (
        str(error.value)
        == "types 'red cross' and 'red▁cross' are the same to the base model; expected names that differ"
    )
    with pytest.raises(TaxonomyError) as error:
        build_trie(["caf\u00e9", "cafe\u0301"], qwen.tokens)  # Qwen2 composes characters
    assert (
        str(error.value)
        == "types 'caf\u00e9' and 'cafe\u0301' are the same to the base model; expected names that differ"
    )
    with pytest.raises(TaxonomyError) as error:
        build_trie(["none of these"], gemma.tokens)
    assert (
        str(error.value)
        == "'none of these' is what the classifier answers for everything else; expected a type of another name"
    )


@pytest.mark.slow
@pytest.mark.parametrize("batch_tokens", [1, 90, 4096])
def test_branches_read_after_the_text_equal_those_read_with_it(
    base: BaseModel, batch_tokens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = [*TYPE_LISTS["sixty types"], "Ada"]
    texts = [
        "Ada met Bob",
        TEXT,
        "London",
        "the red cross of London met Ada and Bob , 人物 at the river bank",
        "no spans here",
        f"{TEXT} {TEXT}",
    ]
    spans = []
    for text in texts:
        pieces = cut(text)
        spans.append(
            [
                (pieces[place].start, pieces[min(place + place % 3, len(pieces) - 1)].end)
                for place in range(0, len(pieces), 3)
            ]
        )
    spans[4] = []
    monkeypatch.setattr(
        cascade.stages.type_trie.TypeTrie, "unsettled", lambda trie, at_mark: list(range(len(trie.branches)))
    )
    monkeypatch.setattr(cascade.stages.classifier, "_FEW_BRANCH_TOKENS", 10_000)
    with_the_text = classified(base, texts, spans, types, batch_tokens=4096)
    monkeypatch.setattr(cascade.stages.classifier, "_FEW_BRANCH_TOKENS", -1)
    after = classified(base, texts, spans, types, batch_tokens=batch_tokens)
    for right, found in zip(with_the_text, after, strict=True):
        for expected, answer in zip(right, found, strict=True):
            assert answer == pytest.approx(expected, abs=2e-4)


def test_a_name_behind_an_unread_question_shares_what_is_left(gemma: BaseModel) -> None:
    trie = build_trie(["river", "person", "river bank"], gemma.tokens)
    answers: list[np.ndarray | None] = [None] * len(trie.questions)
    answers[trie.at_mark or 0] = np.log([0.5, 0.3, 0.2])
    assert np.exp(trie.log_probabilities(answers)) == pytest.approx([0.25, 0.3, 0.25, 0.2])
    assert np.exp(trie.log_probabilities([None] * len(trie.questions))) == pytest.approx([0.25] * 4)


@pytest.mark.parametrize("temperature", [0.5, 1.3, 2.0, 4.0])
@pytest.mark.parametrize("types", TYPE_LISTS.values(), ids=TYPE_LISTS.keys())
def test_a_temperature_leaves_the_best_name_and_makes_probabilities(
    gemma: BaseModel, types: list[str], temperature: float
) -> None:
    trie, source = build_trie(types, gemma.tokens), np.random.default_rng(7)
    for _ in range(20):
        answers = [np.log(source.dirichlet([0.4] * len(question))) for question in trie.questions]
        plain, found = trie.log_probabilities(answers), trie.log_probabilities(answers, temperature=temperature)
        assert found.argmax() == plain.argmax()
        assert np.exp(found).sum() == pytest.approx(1.0)
        assert trie.log_probabilities(answers, temperature=1.0) == pytest.approx(plain)


def test_a_score_at_a_temperature_does_not_depend_on_what_else_was_read(gemma: BaseModel) -> None:
    types = ["person", *(f"place {name}" for name in ("red", "river", "bank", "London"))]
    trie = build_trie(types, gemma.tokens)
    answers = [np.log(np.full(len(question), 1 / len(question))) for question in trie.questions]
    at_mark = np.full(len(trie.questions[0]), 0.02)
    at_mark[dict(trie.routes[0])[0]] = 0.96  # person
    answers[0] = np.log(at_mark / at_mark.sum())
    sharp = [answers[0], *(np.log(np.eye(len(answer))[0] + 1e-9) for answer in answers[1:])]
    unread = [answers[0], *[None] * (len(answers) - 1)]
    found = [np.exp(trie.log_probabilities(each, temperature=2.0)[0]) for each in (answers, sharp, unread)]
    assert found == pytest.approx([found[0]] * 3)
    assert found[0] < 0.9  # control: it is flattened
