"""The base model: loading, its fingerprint, its answers, and readers that share it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_models import save_adapter
from transformers import AutoModelForCausalLM

from cascade.adapter import read_adapter
from cascade.base_model import BaseModel, fingerprint, load_tokens
from cascade.errors import BaseModelError
from cascade.row import Row, assemble


def some_row(base: BaseModel) -> Row:
    return assemble(base.tokens.prefix(["person"]), [])


def test_the_fingerprint_is_the_same_in_bf16_and_fp32(request: pytest.FixtureRequest) -> None:
    for name in ("gemma", "qwen"):
        half = BaseModel.load(str(request.getfixturevalue(f"{name}_folder")), device="cpu", precision="bf16")
        assert half.fingerprint == request.getfixturevalue(name).fingerprint


def test_the_fingerprint_tells_models_apart(gemma: BaseModel, qwen: BaseModel, gemma_folder: Path) -> None:
    assert gemma.fingerprint != qwen.fingerprint
    other = AutoModelForCausalLM.from_pretrained(gemma_folder, dtype=torch.float32)
    assert fingerprint(other) == gemma.fingerprint
    with torch.no_grad():
        other.model.norm.weight[3] += 1.0
    assert fingerprint(other) != gemma.fingerprint


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
    assert reader.log_probabilities(hidden, candidates) == pytest.approx(expected, abs=1e-4)
    assert np.exp(reader.log_probabilities(hidden, [7])) == pytest.approx(np.ones((len(hidden), 1)))


def test_an_adapted_reader_shares_the_embedding_and_leaves_the_base_alone(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> None:
    base = gemma
    adapter = read_adapter(save_adapter(base, gemma_folder, tmp_path / "x", stage="extractor", languages=["en"], seed=2, target_modules=["down_proj"]))
    row = some_row(base)
    before = base.reader().hidden([row])
    adapted = base.reader(adapter)
    own, others = ({name: weight.data_ptr() for name, weight in body.named_parameters()} for body in (adapted.body, base.model.model))
    assert {name for name in own if own[name] != others[name]} == {name for name in own if "down_proj" in name}
    assert adapted.head.data_ptr() == base.model.get_output_embeddings().weight.data_ptr()
    assert not torch.allclose(adapted.hidden([row]), before, atol=1e-3)
    assert torch.equal(base.reader().hidden([row]), before)


def test_a_missing_model_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BaseModelError) as error:
        BaseModel.load(str(tmp_path / "empty"), device="cpu")
    assert str(error.value).startswith(f"cannot load the base model {str(tmp_path / 'empty')!r}: ")
    assert str(error.value).endswith(". Expected a folder or the hub name of a causal LM, such as Qwen/Qwen2-1.5B-Instruct")
    assert "\n" not in str(error.value)


def test_a_model_without_an_end_token_is_refused(gemma_folder: Path, tmp_path: Path) -> None:
    folder = with_config(gemma_folder, tmp_path, eos_token_id=None)
    with pytest.raises(BaseModelError) as error:
        load_tokens(str(folder))
    assert str(error.value) == f"the base model {str(folder)!r} names no eos_token_id in its config; expected one"


def test_the_first_of_several_end_tokens_ends_a_name(gemma_folder: Path, tmp_path: Path) -> None:
    tokens = load_tokens(str(with_config(gemma_folder, tmp_path, eos_token_id=[5, 1], pad_token_id=None)))
    assert (tokens.end_id, tokens.pad_id) == (5, 5)


def with_config(source: Path, target: Path, **changes: object) -> Path:
    """A copy of a model's config and tokenizer, with other values in the config."""
    shutil.copy(source / "tokenizer.json", target)
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    (target / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")
    return target
