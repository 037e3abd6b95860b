"""Tokens of a batch: as many as are asked for, on the path that serves a larger base model in bf16."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_models import save_shelf

from cascade import Cascade, CascadeError, Document
from cascade.commands import infer
from cascade.model.base_model import BaseModel

TYPES = ["person", "organization", "location"]
TEXTS = ["Ada Lovelace met Babbage in London.", "A river, a bank.", "Siemens sitzt in Köln.", "5 June 1833"]


@pytest.fixture(scope="module")
def shelf(qwen: BaseModel, qwen_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_shelf(qwen, qwen_folder, tmp_path_factory.mktemp("shelf"), own=())


def loaded(qwen_folder: Path, shelf: Path, *, precision: str, batch_tokens: int | None = None) -> Cascade:
    return Cascade.load(
        str(qwen_folder), adapters=shelf, device="cpu", precision=precision, min_score=0.0, batch_tokens=batch_tokens
    )


def found(documents: list[Document]) -> list[list[tuple[int, int, str]]]:
    return [[(each.start, each.end, each.type) for each in document.entities] for document in documents]


def test_a_batch_has_as_many_tokens_as_are_asked_for_or_the_device_takes(qwen_folder: Path, shelf: Path) -> None:
    tokens = [loaded(qwen_folder, shelf, precision="fp32", batch_tokens=each).batch_tokens for each in (77, None)]
    assert tokens == [77, 2048]


@pytest.mark.parametrize("asked", [0, -5, 1.5, True])
def test_what_is_no_number_of_tokens_is_refused(qwen_folder: Path, shelf: Path, asked: int) -> None:
    with pytest.raises(CascadeError) as error:
        loaded(qwen_folder, shelf, precision="fp32", batch_tokens=asked)
    assert str(error.value) == f"batch_tokens is {asked!r}; expected a whole number, 1 or more"


def test_batches_of_any_size_find_the_same(qwen_folder: Path, shelf: Path) -> None:
    few, many = (loaded(qwen_folder, shelf, precision="fp32", batch_tokens=each)(TEXTS, TYPES) for each in (64, 4096))
    assert found(few) == found(many)
    assert any(found(few))


def test_in_bf16_adapters_are_merged_into_the_layers_of_each_stage(qwen_folder: Path, shelf: Path) -> None:
    ner = loaded(qwen_folder, shelf, precision="bf16", batch_tokens=4096)
    assert len(ner(TEXTS, TYPES)) == len(TEXTS)
    bodies = [stage.reader.body for stage in (ner.extractor(), ner.classifier())]
    for body in bodies:
        weights = {name: weight for name, weight in body.named_parameters() if name.endswith("linear.weight")}
        assert {weight.dtype for weight in weights.values()} == {torch.bfloat16}
        assert [name for name in weights if "lora" in name.lower()] == []
    first, second = (next(p for n, p in body.named_parameters() if "q_proj" in n or "qkv" in n) for body in bodies)
    assert not torch.equal(first, second)


def test_exact_and_a_size_of_batches_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert infer.main(["samples/news.jsonl", "--exact", "--batch-tokens", "8"]) == 2
    assert capsys.readouterr().err == ("error: --exact reads each text by itself; expected it without --batch-tokens\n")
