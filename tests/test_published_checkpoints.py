"""Checkpoints that answer the questions of published systems: merged or with an adapter, in batches, by copying."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from project_tree import ROOT
from tiny_models import random_text

from cascade.commands import infer
from cascade.published import generator
from cascade.published.chat_turns import Messages, rendered
from cascade.published.copying import Copying
from cascade.published.errors import PublishedError
from cascade.published.generator import Answer, ChatModel, load
from cascade.published.inline import BRACKETED, XML, InlineFormat
from cascade.published.one_stage import OneStage

TYPES = ["person", "place name", "a|b <c>"]


SYSTEM = {"role": "system", "content": "You are a helpful assistant."}


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


@pytest.mark.parametrize("together", [1, 2, 64])
def test_long_answers_go_on_as_if_they_were_generated_at_once(
    chat_model: ChatModel, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "_BATCH", together)
    prompts = [conversation(text) for text in ("Ada", "a longer text of several words", "Bob is")]
    longest = 3 * chat_model.token_count(rendered(chat_model.tokenizer, prompts[1]))
    for prompt, answer in zip(prompts, chat_model.answers(prompts, longest=longest), strict=True):
        asked = chat_model.tokenizer(
            rendered(chat_model.tokenizer, prompt), add_special_tokens=False, return_tensors="pt"
        ).input_ids
        row = chat_model.model.generate(asked, max_new_tokens=longest, do_sample=False)[0, asked.shape[1] :].tolist()
        finished = row[-1] in chat_model.ends
        told = chat_model.tokenizer.decode(row[:-1] if finished else row, skip_special_tokens=True)
        assert answer == Answer(told, finished)


def test_no_prompts_have_no_answers(chat_model: ChatModel) -> None:
    assert chat_model.answers([], longest=4) == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_head_reads_rows_that_follow_each_other(chat_model: ChatModel, count: int) -> None:
    strides = []
    head = chat_model.model.get_output_embeddings()
    seen = head.register_forward_hook(lambda _, inputs, __: strides.append(inputs[0].stride()))
    try:
        chat_model.answers([conversation("Ada met Bob in London.")] * count, longest=2)
    finally:
        seen.remove()
    assert {(first, second) for first, second, _ in strides} == {(head.in_features, head.in_features)}


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


@pytest.mark.parametrize("form", [BRACKETED, XML], ids=lambda form: form.name)
def test_an_entity_does_not_end_in_the_blanks_behind_a_text(gemma_folder: Path, form: InlineFormat) -> None:
    tokens = load(gemma_folder).token_bytes
    for seed in range(20):
        source, copying = random.Random(seed), Copying(form, "Ada  ", TYPES, tokens, depth=2)
        answer = b""
        while allowed := copying.allowed():
            token = source.choice(allowed)
            answer += tokens.of_token[token]
            copying.take(token)
        assert copying.may_end()
        scanned = form.scan(answer.decode())
        assert scanned.plain == "Ada  "
        assert all(end <= 3 for _, end, _ in scanned.spans)


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


@pytest.mark.parametrize("content", ["[", "", "\xff", "{}", "[1]", "5", '{"base_model_name_or_path": 5}'])
def test_settings_of_an_adapter_that_tell_no_base_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "adapter_config.json").write_text(content, encoding="latin-1")
    with pytest.raises(
        PublishedError, match=r"adapter_config\.json: (does not tell the base model \(|the base model )"
    ):
        load(tmp_path)
    command = ["--protocol", "published", "--extractor", str(tmp_path), "--classifier", str(tmp_path)]
    assert infer.main([str(ROOT / "samples" / "news.jsonl"), *command, "--types", "person"]) == 2


@pytest.mark.parametrize(
    "changed", [{"peft_type": "NONE"}, {"r": "x"}, {"r": 3}, {"target_modules": ["none"]}, "no settings", "cut weights"]
)
def test_an_adapter_that_peft_cannot_read_is_told_with_its_folder(
    adapter: Path, gemma_folder: Path, tmp_path: Path, changed: dict[str, Any] | str
) -> None:
    config = json.loads((adapter / "adapter_config.json").read_text())
    config = {} if changed == "no settings" else config | changed if isinstance(changed, dict) else config
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    weights = (adapter / "adapter_model.safetensors").read_bytes()
    (tmp_path / "adapter_model.safetensors").write_bytes(weights[:50] if changed == "cut weights" else weights)
    with pytest.raises(PublishedError) as raised:
        load(tmp_path, base=str(gemma_folder))
    assert str(raised.value).startswith(f"{tmp_path}: cannot be read as an adapter of this base model (")
    assert "\n" not in str(raised.value)


def test_a_checkpoint_that_is_damaged_is_told_with_the_remedy(gemma_folder: Path, tmp_path: Path) -> None:
    for file in gemma_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[: 50 if file.suffix == ".safetensors" else None])
    with pytest.raises(PublishedError) as raised:
        load(tmp_path)
    assert str(raised.value).startswith(f"{tmp_path}: cannot be loaded (")
    assert str(raised.value).endswith(
        "); expected a causal language model and its tokenizer, as transformers' save_pretrained writes them"
    )


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishedError) as raised:
        load(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path}: no config.json and no adapter_config.json; expected a folder of a checkpoint of Hugging Face's, "
        "or of an adapter of PEFT's"
    )


def test_our_own_adapters_which_never_write_are_refused() -> None:
    folder = ROOT / "adapters" / "multilingual" / "extractor"
    with pytest.raises(PublishedError, match="is an adapter that decides and never writes, as its card.json shows"):
        load(folder)


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
