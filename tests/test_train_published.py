"""Models that generate are trained by ms-swift on the prompts that they are asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from cascade.errors import CascadeError
from cascade.published.chat_turns import rendered
from cascade.published.generator import load
from cascade.published.marked_sentence import SYSTEM_PROMPT
from train import published
from train.provenance import check_training, digest
from train.published import TEMPLATES, export, main
from train.rows.chat_rows import row_tokens

pytestmark = pytest.mark.slow
MESSAGES = [
    {"role": "system", "content": SYSTEM_PROMPT},
    {"role": "user", "content": "Ada Lovelace met Charles Babbage in London."},
    {"role": "assistant", "content": "##Ada Lovelace## met ##Charles Babbage## in ##London##."},
]


@pytest.mark.parametrize(("folder", "kind"), [("gemma_folder", "gemma3_text"), ("qwen_folder", "qwen2")])
def test_a_row_is_trained_on_as_its_prompt_is_asked(folder: str, kind: str, request: pytest.FixtureRequest) -> None:
    from swift import get_processor, get_template

    path = request.getfixturevalue(folder)
    template = get_template(get_processor(str(path), model_type=kind), template_type=TEMPLATES[kind])
    template.set_mode("train")
    encoded: dict[str, Any] = template.encode({"messages": [dict(message) for message in MESSAGES]})
    model = load(path)
    asked = model.tokenizer(rendered(model.tokenizer, MESSAGES[:-1]), add_special_tokens=False).input_ids
    assert encoded["input_ids"][: len(asked)] == asked
    answer = encoded["input_ids"][len(asked) :]
    assert set(encoded["labels"][: len(asked)]) == {-100}
    end = next(place for place, token in enumerate(answer) if token in model.ends)  # that the model learns to end with
    assert model.tokenizer.decode(answer[:end]) == MESSAGES[-1]["content"]
    assert encoded["labels"][len(asked) :][end] == answer[end]
    counted = row_tokens(str(path))({"messages": MESSAGES})
    assert counted + published._BEHIND.get(TEMPLATES[kind], 0) == len(encoded["input_ids"])


def test_a_few_steps_leave_an_adapter_that_answers(gemma_folder: Path, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out"
    rows.write_text((json.dumps({"messages": MESSAGES}) + "\n") * 4)
    command = [str(rows), "--base", str(gemma_folder), "--out", str(out), "--work", str(tmp_path / "work")]
    assert main([*command, "--max-steps", "2", "--batch", "2"]) == 0
    assert sorted(file.name for file in out.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    assert load(out, base=str(gemma_folder)).answers([MESSAGES[:-1]], longest=2)


def test_the_rows_of_all_steps_are_written_in_the_order_of_the_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pass over three rows and a third of the next one, without training."""
    rows, work = tmp_path / "rows.jsonl", tmp_path / "work"
    text = "a\u2028b\x85c"  # other rules break lines at these; a row holds them as they are
    lines = [
        json.dumps({"messages": MESSAGES, "number": number, "text": text}, ensure_ascii=False) for number in range(3)
    ]
    rows.write_text("\n".join([*lines, "", ""]), encoding="utf-8")
    monkeypatch.setattr(published, "_fine_tune", lambda recipe: recipes.append(recipe))
    recipes: list[dict[str, Any]] = []
    command = [str(rows), "--out", str(tmp_path / "out"), "--work", str(work), "--max-steps", "2", "--batch", "2"]
    assert main(command) == 2  # as nothing was trained
    [recipe] = recipes
    *ordered, _ = Path(recipe["dataset"][0]).read_text(encoding="utf-8").split("\n")
    assert sorted(ordered[:3]) == lines
    assert len(ordered) == 4
    assert (recipe["dataset_shuffle"], recipe["train_dataloader_shuffle"]) == (False, False)


def test_fewer_steps_than_were_trained_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, work = tmp_path / "rows.jsonl", tmp_path / "work"
    rows.write_text(json.dumps({"messages": MESSAGES}) + "\n", encoding="utf-8")
    monkeypatch.setattr(published, "_steps", lambda _: 4)
    monkeypatch.setattr(published, "_fine_tune", lambda recipe: pytest.fail("trained"))
    command = [str(rows), "--out", str(tmp_path / "out"), "--work", str(work), "--batch", "2", "--max-steps"]
    assert main([*command, "2"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"error: {work}: holds a training of 4 steps, and --max-steps is 2; expected at least as many, or another "
        "--work folder"
    )


@pytest.mark.parametrize(("folder", "behind"), [("gemma_folder", 0), ("qwen_folder", 1)])
def test_rows_that_ms_swift_would_leave_out_are_counted_before_the_training(
    folder: str,
    behind: int,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    base, rows, work = str(request.getfixturevalue(folder)), tmp_path / "rows.jsonl", tmp_path / "work"
    longer = [*MESSAGES[:-1], {**MESSAGES[-1], "content": f"{MESSAGES[-1]['content']} and more"}]
    lines = [json.dumps({"messages": messages}) for messages in (MESSAGES, longer, MESSAGES)]
    rows.write_text("\n".join(lines))
    longest = row_tokens(base)({"messages": MESSAGES}) + behind
    monkeypatch.setattr(published, "_fine_tune", lambda recipe: None)
    command = [str(rows), "--base", base, "--out", str(tmp_path / "out"), "--max-steps", "1", "--batch", "4"]
    for number, (most, kept) in enumerate([(longest, 4), (longest - 1, None)]):
        place = work / str(number)
        assert main([*command, "--work", str(place), "--recipe-values", f"max_length={most}"]) == 2  # nothing trained
        told = capsys.readouterr().err.splitlines()
        if kept:
            assert told[0] == f"note: 1 of 3 rows are longer than {longest} tokens, and are left out"
            written = (place / "rows-in-order.jsonl").read_text().splitlines()
            assert written == [lines[0]] * kept
        else:
            assert told == [
                f"error: {rows}: all rows are longer than {most} tokens; expected shorter ones, or a higher "
                "--recipe-values max_length=N"
            ]


def test_a_file_of_documents_is_not_trained_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "a.geic.json"
    data.write_text(json.dumps({"s": {"sentence": "Ada", "entity": ["Ada"], "category": ["person"]}}, indent=1))
    assert main([str(data), "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: {data}:1: item 1: {{'s': {{'sentence': 'Ada', ")
    assert "is no row to train on; expected " in told
    assert not (tmp_path / "work").exists()


def test_rows_are_not_overwritten_by_those_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "rows-in-order.jsonl"
    rows.write_text(json.dumps({"messages": MESSAGES}) + "\n")
    assert main([str(rows), "--out", str(tmp_path / "out"), "--work", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"error: {rows}: the output is an input, which would be lost; name another file\n"
    )


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_file_without_rows_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(content)
    assert main([str(rows), "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]) == 2
    assert capsys.readouterr().err == (
        f"error: {rows}: holds no rows; expected some of python -m train.published_rows\n"
    )


@pytest.mark.parametrize(
    ("base", "named"),
    [(None, "gemma-3-270m"), ("qwen2.5-coder-0.5b", "qwen2.5-coder-0.5b"), ("/my/base", "/folder/here")],
)
def test_an_adapter_names_a_base_that_others_have_too(tmp_path: Path, base: str | None, named: str) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": 4, "base_model_name_or_path": "/folder/here"}))
    (tmp_path / "adapter_model.safetensors").write_bytes(b"weights")
    export(tmp_path, tmp_path / "out", base)
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert config == {"r": 4, "base_model_name_or_path": named}
    assert (tmp_path / "out" / "adapter_model.safetensors").read_bytes() == b"weights"


def test_checkpoints_of_other_rows_are_not_taken_for_these(
    gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, work = tmp_path / "rows.jsonl", tmp_path / "work"
    check_training(work, {"rows": "of others", "base": str(gemma_folder), "batch": "8", "recipe_values": ""})
    rows.write_text(json.dumps({"messages": MESSAGES}) + "\n")
    command = [str(rows), "--base", str(gemma_folder), "--out", str(tmp_path / "out"), "--work", str(work)]
    assert main([*command, "--max-steps", "2"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"error: {work} holds a training with rows 'of others' instead of ")
    assert not (tmp_path / "out").exists()


def test_rows_in_another_order_are_another_training(
    gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, work = tmp_path / "rows.jsonl", tmp_path / "work"
    rows.write_text(json.dumps({"messages": MESSAGES}) + "\n")
    given = {"rows": digest(rows), "base": str(gemma_folder), "batch": "8", "recipe_values": ""}
    check_training(work, {**given, "seed": "4"})
    command = [str(rows), "--base", str(gemma_folder), "--out", str(tmp_path / "out"), "--work", str(work)]
    assert main([*command, "--max-steps", "2"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"error: {work} holds a training with seed '4' instead of '1'; ")


def test_rows_that_are_not_there_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "no.jsonl"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path / 'no.jsonl'}: there is no such file; expected rows of python -m train.published_rows\n"
    )


def test_the_trainer_s_loss_is_that_of_ms_swift(gemma_folder: Path, tmp_path: Path) -> None:
    """Both begin at the same weights, so that the first loss of a training in fp32 tells."""
    rows = tmp_path / "rows.jsonl"
    rows.write_text((json.dumps({"messages": MESSAGES}) + "\n") * 4)
    losses = []
    for trainer in (published._TRAINER, "swift.trainers.Seq2SeqTrainer"):
        work = tmp_path / trainer.rpartition(".")[2]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(published, "_TRAINER", trainer)
            patch.setattr(published, "arithmetic", lambda _: {"torch_dtype": "float32", "bf16": False})
            command = [str(rows), "--base", str(gemma_folder), "--out", str(work / "out"), "--work", str(work)]
            assert main([*command, "--max-steps", "2", "--batch", "2"]) == 0
        logged = [json.loads(line) for line in (work / "logging.jsonl").read_text().splitlines()]
        losses.append([each["loss"] for each in logged if "loss" in each])
    assert losses[0]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_weights_of_tokens_are_refused() -> None:
    from train.swift_plugin.generator_trainer import GeneratorTrainer

    trainer = object.__new__(GeneratorTrainer)
    with pytest.raises(CascadeError, match="the rows hold loss_scale, which this trainer does not read"):
        trainer.compute_loss(torch.nn.Identity(), {"input_ids": None, "loss_scale": torch.ones(1)})


@pytest.mark.parametrize("value", ["label_smoothing_factor=0.1", "use_logits_to_keep=true", "enable_dft_loss=true"])
def test_another_loss_is_refused(
    gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text((json.dumps({"messages": MESSAGES}) + "\n") * 4)
    command = [str(rows), "--base", str(gemma_folder), "--out", str(tmp_path / "out"), "--work", str(tmp_path / "w")]
    assert main([*command, "--max-steps", "1", "--batch", "2", "--recipe-values", value]) == 2
    name = value.partition("=")[0]
    assert f"error: the recipe sets {name}, which the training of models that generate" in capsys.readouterr().err
