"""The published systems as wholes: what they ask, and what they make of answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cascade import Document, Entity, Taxonomy
from cascade.commands import infer
from cascade.published.chat_turns import Messages
from cascade.published.errors import PublishedError
from cascade.published.generator import Answer
from cascade.published.one_stage import OneStage
from cascade.published.two_stages import PublishedCascade
from cascade.taxonomy.parsing import parse_taxonomy

TYPES = ["person", "place name", "a|b <c>"]
SYSTEM = {"role": "system", "content": "You are a helpful assistant."}


class Scripted:
    """Answers prompts by a function of the last question and of the seed, and keeps what it was asked."""

    def __init__(self, answer: Callable[[str, int | None], str], *, finished: bool = True) -> None:
        self.answer, self.finished = answer, finished
        self.asked: list[Messages] = []

    def answers(
        self, prompts: Sequence[Messages], *, longest: int, seed: int | None = None, allowed: Any = None
    ) -> list[Answer]:
        self.asked += prompts
        return [Answer(self.answer(prompt[-1]["content"], seed), self.finished) for prompt in prompts]


def found(document: Document) -> list[tuple[str, str]]:
    return [(entity.text or "", entity.type) for entity in document.entities]


def test_a_sentence_is_asked_for_as_it_is_and_each_entity_level_by_level() -> None:
    taxonomy = parse_taxonomy({"Person": {"Artist": None, "Author": None}, "Place": None}, where="test")
    right = {"Ada": ("person", "author"), "Paris": ("place",)}

    def typed(question: str, _: int | None) -> str:
        entity = question.split("##")[1]
        return f" {right[entity]['first list' not in question].upper()}\n"

    extractor, classifier = Scripted(lambda *_: "##Ada## saw ##Paris##."), Scripted(typed)
    system = PublishedCascade(extractor, classifier)
    [document] = system.stream([Document("1", "Ada saw Paris.", "en")], taxonomy)
    assert found(document) == [("Ada", "Author"), ("Paris", "Place")]
    assert extractor.asked == [[SYSTEM, {"role": "user", "content": "Ada saw Paris."}]]
    assert [prompt[1]["content"] for prompt in classifier.asked] == [
        'The ##Ada## in the sentence: "Ada saw Paris." belong to which entity in the first list: person, place?',
        'The ##Paris## in the sentence: "Ada saw Paris." belong to which entity in the first list: person, place?',
        'The ##Ada## in the sentence: "Ada saw Paris." belong to which entity in the second list: artist, author?',
    ]
    assert not system.losses.counts


def test_an_entity_of_an_unknown_type_is_lost_and_counted_but_not_its_sentence() -> None:
    classifier = Scripted(lambda question, _: "city" if "##Paris##" in question else "person")
    system = PublishedCascade(Scripted(lambda *_: "##Ada## saw ##Paris##."), classifier)
    [document] = system.stream([Document("1", "Ada saw Paris.")], Taxonomy.flat(["person", "place"]))
    assert found(document) == [("Ada", "person")]
    assert list(system.losses.lines()) == ["1 entities got a type that was not asked for"]


def test_repeated_extractions_are_drawn_and_united_by_the_longest() -> None:
    answers = {None: "##New York## is big", 5: "##New## York ##is big##", 6: "New York is big"}
    extractor = Scripted(lambda _, seed: answers[seed])
    system = PublishedCascade(extractor, Scripted(lambda *_: "place"), extractions=3, seed=4)
    [document] = system.stream([Document("1", "New York is big")], Taxonomy.flat(["place"]))
    assert found(document) == [("New York", "place"), ("is big", "place")]


def test_an_answer_that_is_cut_off_is_counted() -> None:
    system = PublishedCascade(Scripted(lambda *_: "##Ada## s", finished=False), Scripted(lambda *_: "person"))
    [document] = system.stream([Document("1", "Ada sang.")], Taxonomy.flat(["person"]))
    assert found(document) == [("Ada", "person")]
    assert system.losses.counts["answers were cut off, as they were too long"] == 1


def test_answers_are_legal_in_the_form_and_with_the_types_that_are_asked_for() -> None:
    answers = {
        "Ada saw Rome": "[Ada | person] saw [Rome | place]",
        "Ada is Ada": "[Ada is [Ada | person] | person]",  # one lies in the other: flat, it is left out, but legal
        "Ada and Bob": "[Ada | person] and [Bob | dog]",
        "Ada ran": "[Ada | person] walked",
    }
    system = OneStage(Scripted(lambda asked, _: answers[asked.splitlines()[-1]]), "bracketed")
    list(system.stream([Document(text, text) for text in answers], Taxonomy.flat(["person", "place"])))
    assert (system.losses.answers, system.losses.legal) == (4, 2)


def test_both_of_two_models_answers_are_counted() -> None:
    classifier = Scripted(lambda question, _: "city" if "##Paris##" in question else "person")
    system = PublishedCascade(Scripted(lambda *_: "##Ada## saw ##Paris##."), classifier, extractions=2)
    list(system.stream([Document("1", "Ada saw Paris.")], Taxonomy.flat(["person", "place"])))
    assert (system.losses.answers, system.losses.legal) == (4, 3)


def test_more_levels_than_the_question_has_words_for_are_refused() -> None:
    tree: Any = None
    for level in range(11):
        tree = {f"t{10 - level}": tree}
    system = PublishedCascade(
        Scripted(lambda *_: "##Ada##"), Scripted(lambda question, _: question.rsplit(": ", 1)[1].rstrip("?"))
    )
    with pytest.raises(PublishedError, match="^the taxonomy has more than 10 levels; "):
        list(system.stream([Document("1", "Ada")], parse_taxonomy(tree, where="test")))


def test_one_model_is_asked_for_the_leaves_with_their_descriptions() -> None:
    model = Scripted(lambda *_: "[Ada | Person] saw [Paris | city].")
    system = OneStage(model, "bracketed")
    taxonomy = parse_taxonomy({"person": "a human", "city": None}, where="test")
    [document] = system.stream([Document("1", "Ada saw Paris.")], taxonomy)
    assert document.entities == (Entity(0, 3, "person"), Entity(8, 13, "city"))
    assert model.asked[0][0] == SYSTEM
    assert model.asked[0][1]["content"] == (
        "Repeat the text and put each named entity in brackets with its label: [entity | LABEL].\n"
        "Labels:\nperson: a human\ncity\nText:\nAda saw Paris."
    )


def test_another_instruction_takes_the_place_of_ours() -> None:
    model = Scripted(lambda *_: '{"person": ["Ada"]}')
    list(OneStage(model, "json", instructed="Mark all.").stream([Document("1", "Ada")], Taxonomy.flat(["person"])))
    assert model.asked == [[{"role": "user", "content": "Mark all.\nAda"}]]


def test_answers_of_json_cannot_copy_the_text() -> None:
    message = "^answers of the format 'json' do not copy the text; expected bracketed or xml, or free answers$"
    with pytest.raises(PublishedError, match=message):
        OneStage(Scripted(lambda *_: ""), "json", copying=True)


@pytest.mark.parametrize("wrong", ["empty", "no weights", "adapter"])
def test_what_is_wrong_with_the_second_folder_is_told_before_the_first_is_loaded(
    wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    extractor, classifier = tmp_path / "extractor", tmp_path / "classifier"
    extractor.mkdir()
    classifier.mkdir()
    (extractor / "config.json").write_text("{}")
    (extractor / "model-00001-of-00002.safetensors").write_bytes(b"")
    if wrong == "no weights":
        (classifier / "config.json").write_text("{}")
    if wrong == "adapter":
        (classifier / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(extractor)}))
    loaded: list[Path] = []
    monkeypatch.setattr("cascade.published.generator.load", lambda folder, **_: loaded.append(folder))
    (tmp_path / "a.txt").write_text("x\n")
    folders = ["--extractor", str(extractor), "--classifier", str(classifier), "--device", "cpu"]
    assert infer.main([str(tmp_path / "a.txt"), "--language", "en", "--protocol", "published", *folders]) == 2
    told = {"empty": "no config.json and no adapter_config.json; ", "no weights": "has no model.safetensors; "}
    expected = told.get(wrong, "has no adapter_model.safetensors; ")
    assert capsys.readouterr().err.startswith(f"error: {classifier}: {expected}")
    assert loaded == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "x"], "--model is given without --protocol one-stage; expected both"),
        (
            ["--protocol", "published", "--extractor", "x"],
            "--protocol published needs --extractor and --classifier; expected --classifier with the folder of a "
            "checkpoint",
        ),
        (["--protocol", "one-stage", "--seed", "1"], "--seed is given without --protocol published; expected both"),
        (
            ["--protocol", "one-stage", "--model", "x", "--min-score", "0.5"],
            "--min-score has no meaning with --protocol one-stage, which knows neither scores nor our adapters; "
            "leave it out",
        ),
        (
            ["--protocol", "one-stage", "--model", "x", "--precision", "int8"],
            "--precision int8 has no meaning with --protocol one-stage; expected fp32 or bf16",
        ),
        (
            ["--protocol", "one-stage", "--model", "x", "--answer-format", "yaml"],
            "the answer format 'yaml' is unknown; expected one of bracketed, xml, json, occurrence-index, offset-json",
        ),
        (
            ["--protocol", "one-stage", "--model", "x", "--answer-format", "json", "--copying"],
            "answers of the format 'json' do not copy the text; expected bracketed or xml, or free answers",
        ),
        (
            ["--protocol", "one-stage", "--model", "x", "--batch-tokens", "900"],
            "--batch-tokens has no meaning with --protocol one-stage, which knows neither scores nor our adapters; "
            "leave it out",
        ),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("x\n")
    assert infer.main([str(tmp_path / "a.txt"), *options]) == 2
    assert capsys.readouterr().err == f"error: {message}\n"
