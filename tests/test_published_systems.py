"""The published systems as wholes: what they ask, what they make of answers, and the checkpoints that answer."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tiny_models import random_text

from cascade import Document, Entity, Taxonomy
from cascade.commands import infer
from cascade.published.chat_turns import Messages
from cascade.published.copying import Copying
from cascade.published.errors import PublishedError
from cascade.published.generator import Answer, ChatModel, load
from cascade.published.inline import BRACKETED, XML, InlineFormat
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


@pytest.fixture(scope="module", params=["gemma_folder", "qwen_folder"])
def chat_model(request: pytest.FixtureRequest) -> ChatModel:
    """Each tiny model in turn, as it is loaded from its folder."""
    return load(request.getfixturevalue(request.param))


def conversation(text: str) -> Messages:
    return [SYSTEM, {"role": "user", "content": text}]


def test_answers_do_not_depend_on_the_prompts_beside_them(chat_model: ChatModel) -> None:
    prompts = [conversation(text) for text in ("Ada", "a longer text of several words", "Bob is")]
    together = chat_model.answers(prompts, longest=4)
    assert together == [chat_model.answers([prompt], longest=4)[0] for prompt in prompts]


def test_answers_come_in_the_order_of_their_prompts(chat_model: ChatModel) -> None:
    words = ["x", "y", "z"]
    tokens = [chat_model.token_bytes.begins(word.encode())[1] or 0 for word in words]
    prompts = [conversation(text) for text in ("a longer text of several words", "Ada", "Bob is")]
    answers = chat_model.answers(prompts, longest=2, allowed=lambda place, _: [tokens[place]])
    assert answers == [Answer(word * 2, False) for word in words]


def test_drawn_answers_differ_by_their_seed_alone(qwen_folder: Path) -> None:
    model, prompts = load(qwen_folder), [conversation("Ada")]
    drawn = [model.answers(prompts, longest=8, seed=seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("form", [BRACKETED, XML], ids=lambda form: form.name)
@pytest.mark.parametrize("depth", [1, 3])
def test_copied_answers_are_legal_and_hold_the_text_unchanged(
    chat_model: ChatModel, form: InlineFormat, depth: int
) -> None:
    source = random.Random(f"{form.name}/{depth}")
    texts = [random_text(source, words=3).strip() for _ in range(2)] + ["[a | person] <b>x</b> \\ |"]
    system = OneStage(chat_model, form.name, nested=depth > 1, copying=True)
    answers = [answer.text for answer in system._answers(texts, "Mark.", TYPES)]
    for text, answer in zip(texts, answers, strict=True):
        scanned = form.scan(answer)
        assert scanned.plain == text
        assert scanned.unbalanced == 0
        assert {type_ for *_, type_ in scanned.spans} <= set(TYPES)
    assert any(form.scan(answer).spans for answer in answers)
    assert not system.losses.counts


@pytest.mark.parametrize("form", [BRACKETED, XML], ids=lambda form: form.name)
def test_allowed_tokens_are_those_whose_bytes_lead_on(gemma_folder: Path, form: InlineFormat) -> None:
    tokens = load(gemma_folder).token_bytes
    source = random.Random(1)
    for text in ("Köln | [x", "<b> ## 王小明", random_text(source, words=4)):
        copying = Copying(form, text, TYPES, tokens, depth=2)
        for _ in range(40):
            allowed = copying.allowed()
            slow = set()
            for token in tokens.of_token:
                tried = Copying(form, text, TYPES, tokens, depth=2)
                tried.states = copying.states
                tried.take(token)
                slow |= {token} if tried.states else set()
            assert set(allowed) == slow
            if not allowed:
                break
            copying.take(source.choice(allowed))


def test_a_tokenizer_without_bytes_is_refused() -> None:
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    from cascade.published.token_bytes import TokenBytes

    tokenizers: Any = PreTrainedTokenizerFast
    words = tokenizers(tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, unk_token="a")))
    with pytest.raises(PublishedError, match="^the tokenizer has no tokens for single bytes; "):
        TokenBytes(words)


@pytest.fixture(scope="module")
def adapter(gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter of PEFT's with random weights on the tiny Gemma."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    models: Any = AutoModelForCausalLM
    config = LoraConfig(r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    folder = tmp_path_factory.mktemp("adapter")
    get_peft_model(models.from_pretrained(gemma_folder), config).save_pretrained(str(folder))
    return folder


def test_an_adapter_answers_as_the_merged_checkpoint_and_not_as_its_base(
    adapter: Path, gemma_folder: Path, tmp_path: Path
) -> None:
    model = load(adapter)
    model.model.save_pretrained(tmp_path)
    model.tokenizer.save_pretrained(tmp_path)
    prompts = [conversation("Ada met Bob in London.")]
    expected = model.answers(prompts, longest=12)
    assert load(tmp_path).answers(prompts, longest=12) == expected
    assert load(gemma_folder).answers(prompts, longest=12) != expected


def test_an_adapter_whose_base_is_elsewhere_names_the_remedy(adapter: Path, gemma_folder: Path, tmp_path: Path) -> None:
    for file in adapter.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((adapter / "adapter_config.json").read_text())
    (tmp_path / "adapter_config.json").write_text(json.dumps({**config, "base_model_name_or_path": "/not/here"}))
    with pytest.raises(PublishedError) as raised:
        load(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path / 'adapter_config.json'}: the base model '/not/here' is no folder here; name the folder of the "
        "adapter's base model with --base"
    )
    assert load(tmp_path, base=str(gemma_folder)).answers([conversation("x")], longest=1)


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishedError) as raised:
        load(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path}: no config.json and no adapter_config.json; expected a folder of a checkpoint of Hugging Face's, "
        "or of an adapter of PEFT's"
    )


def test_the_command_reads_by_both_protocols(
    gemma_folder: Path, adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts, out = tmp_path / "texts.txt", tmp_path / "out.jsonl"
    texts.write_text("Ada met Bob.\nKöln\n")
    common = [str(texts), "-o", str(out), "--types", "person,place", "--language", "en", "--device", "cpu"]
    published = ["--protocol", "published", "--extractor", str(adapter), "--classifier", str(gemma_folder)]
    one_stage = ["--protocol", "one-stage", "--model", str(gemma_folder), "--answer-format", "xml", "--copying"]
    for options in ([*published, "--extractions", "2"], one_stage):
        assert infer.main([*common, *options]) == 0
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        assert [row["text"] for row in rows] == ["Ada met Bob.", "Köln"]
    assert rows[0]["entities"]  # of random weights, but legal ones
    assert "note: published: 4 answers changed the text" in capsys.readouterr().err


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
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("x\n")
    assert infer.main([str(tmp_path / "a.txt"), *options]) == 2
    assert capsys.readouterr().err == f"error: {message}\n"
