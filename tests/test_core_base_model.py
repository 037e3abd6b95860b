"""Base models: their fingerprint, their answers, and readers that share them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import save_adapter
from transformers import AutoModelForCausalLM

from cascade.adapters.card import read_adapter
from cascade.errors import AdapterError
from cascade.model.base_model import BaseModel
from cascade.model.fingerprint import Fingerprinted, fingerprint
from cascade.reading.row import Row, assemble


def some_row(base: BaseModel) -> Row:
    return assemble(base.tokens.prefix(["person"]), [])


def test_the_fingerprint_is_the_same_in_bf16_and_fp32(request: pytest.FixtureRequest) -> None:
    for name in ("gemma", "qwen"):
        half = BaseModel.load(str(request.getfixturevalue(f"{name}_folder")), device="cpu", precision="bf16")
        assert half.fingerprint == request.getfixturevalue(name).fingerprint


def test_the_fingerprint_tells_models_apart(gemma: BaseModel, qwen: BaseModel, gemma_folder: Path) -> None:
    assert gemma.fingerprint != qwen.fingerprint
    other = AutoModelForCausalLM.from_pretrained(gemma_folder, dtype=torch.float32)
    assert fingerprint(Fingerprinted.of(other)) == gemma.fingerprint
    with torch.no_grad():
        other.model.norm.weight[3] += 1.0
    assert fingerprint(Fingerprinted.of(other)) != gemma.fingerprint


@pytest.mark.parametrize("name", ["gemma", "qwen"])
def test_every_weight_counts_in_the_fingerprint(name: str, request: pytest.FixtureRequest) -> None:
    model = AutoModelForCausalLM.from_pretrained(request.getfixturevalue(f"{name}_folder"), dtype=torch.float32)
    before, weights = fingerprint(Fingerprinted.of(model)), dict(model.named_parameters())
    assert {key.split(".")[-2] for key in weights} >= {"q_proj", "o_proj", "down_proj", "norm", "input_layernorm"}
    for key, weight in weights.items():
        kept = weight.detach().clone()
        with torch.no_grad():
            weight.mul_(1.01).add_(
                0.01 if weight.dim() == 1 else 0.0
            )  # little; biases and Gemma's norms begin as zeros
        assert fingerprint(Fingerprinted.of(model)) != before, key
        with torch.no_grad():
            weight.copy_(kept)
    assert fingerprint(Fingerprinted.of(model)) == before


def test_cards_with_the_first_form_of_the_fingerprint_still_fit_and_are_refused_by_another_model(
    gemma: BaseModel, gemma_folder: Path, qwen: BaseModel, tmp_path: Path
) -> None:
    assert gemma.fingerprint.startswith("v2:")
    assert ":" not in gemma.first_fingerprint
    folder = tmp_path / "x"
    save_adapter(
        gemma, gemma_folder, folder, stage="extractor", languages=["en"], seed=2, fingerprint=gemma.first_fingerprint
    )
    read_adapter(folder).check_fits(gemma)
    with pytest.raises(AdapterError) as error:
        read_adapter(folder).check_fits(qwen)
    assert str(error.value) == (
        f"{folder}: made for base model {gemma.name!r} ({gemma.first_fingerprint[:12]}), loaded is {qwen.name!r} "
        f"({qwen.fingerprint[3:15]}). "
        "Name the right one with --base, or adapters of this one with --adapters"
    )


def test_bases_that_differ_in_a_layer_alone_are_told_apart(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    changed = AutoModelForCausalLM.from_pretrained(gemma_folder, dtype=torch.float32)
    with torch.no_grad():
        changed.model.layers[2].mlp.up_proj.weight *= 2.0
    base = BaseModel(changed, gemma.tokens, name="changed")
    adapter = read_adapter(
        save_adapter(gemma, gemma_folder, tmp_path / "x", stage="extractor", languages=["en"], seed=2)
    )
    assert base.first_fingerprint == gemma.first_fingerprint
    with pytest.raises(AdapterError, match=r"made for base model .*, loaded is 'changed'"):
        adapter.check_fits(base)


def test_a_model_is_named_as_it_was_asked_for(gemma: BaseModel, gemma_folder: Path) -> None:
    assert gemma.name == str(gemma_folder)


def test_gemma_begins_with_bos_and_qwen_does_not(gemma: BaseModel, qwen: BaseModel) -> None:
    assert (gemma.tokens.bos_id, gemma.tokens.end_id, gemma.tokens.pad_id) == (2, 1, 0)
    assert (qwen.tokens.bos_id, qwen.tokens.end_id, qwen.tokens.pad_id) == (None, 151_645, 151_643)


def test_log_probabilities_equal_the_full_vocabulary_with_the_rest_masked(base: BaseModel) -> None:
    reader = base.reader()
    hidden = reader.hidden([some_row(base)])[0]
    candidates = [5, 3, 200, 6]
    logits = hidden @ reader.head.T
    others = [index for index in range(logits.shape[1]) if index not in candidates]
    logits[:, others] = -torch.inf
    expected = torch.log_softmax(logits.double(), dim=-1)[:, candidates].numpy()
    found, certain = reader.log_probabilities([(hidden, candidates), (hidden[:2], [7])])
    assert found == pytest.approx(expected, abs=1e-4)
    assert np.exp(certain) == pytest.approx(np.ones((2, 1)))
    assert reader.log_probabilities([]) == []


def test_an_adapted_reader_shares_the_embedding_and_leaves_the_base_alone(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    base = gemma
    adapter = read_adapter(
        save_adapter(
            base,
            gemma_folder,
            tmp_path / "x",
            stage="extractor",
            languages=["en"],
            seed=2,
            target_modules=["down_proj"],
        )
    )
    row = some_row(base)
    before = base.reader().hidden([row])
    adapted = base.reader(adapter)
    embedding: Any = adapted.body.embed_tokens
    assert embedding.weight.data_ptr() == adapted.head.data_ptr() == base.embedding.data_ptr()
    assert not torch.allclose(adapted.hidden([row]), before, atol=1e-3)
    assert torch.equal(base.reader().hidden([row]), before)


def test_an_adapted_reader_of_a_model_of_transformers_shares_all_that_the_adapter_leaves_alone(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    base = BaseModel(gemma.model, gemma.tokens, name=gemma.name)
    options: dict[str, Any] = {"stage": "extractor", "languages": ["en"], "seed": 2, "target_modules": ["down_proj"]}
    adapter = read_adapter(save_adapter(base, gemma_folder, tmp_path / "x", **options))
    row = some_row(base)
    before = base.reader().hidden([row])
    adapted = base.reader(adapter)
    own, others = (
        {name: weight.data_ptr() for name, weight in body.named_parameters()}
        for body in (adapted.body, base.model.model)
    )
    assert {name for name in own if own[name] != others[name]} == {name for name in own if "down_proj" in name}
    assert adapted.head.data_ptr() == base.model.get_output_embeddings().weight.data_ptr()
    assert torch.allclose(adapted.hidden([row]), gemma.reader(adapter).hidden([row]), atol=1e-3)
    assert not torch.allclose(adapted.hidden([row]), before, atol=1e-3)
    assert torch.equal(base.reader().hidden([row]), before)
