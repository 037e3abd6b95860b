"""The base model: loading, its fingerprint, its answers, and readers that share it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import save_adapter
from transformers import AutoModelForCausalLM

from cascade.adapters.card import read_adapter
from cascade.errors import AdapterError, BaseModelError
from cascade.layers.transfer import sent
from cascade.model.base_model import BaseModel
from cascade.model.devices import devices_here, usable_device
from cascade.model.fingerprint import Fingerprinted, fingerprint
from cascade.model.model_files import reading_files_of
from cascade.model.tokenizer import load_tokens
from cascade.reading.row import Row, assemble
from train.trainable_base import base_folder_of

EXPECTED = "Expected a Hugging Face folder, with config.json, tokenizer.json and weights as safetensors"
OF_GGUF = (
    f"and GGUF files are not read. {EXPECTED}: that of the model which the GGUF was made from, "
    "or one that transformers writes of it (from_pretrained with gguf_file, then save_pretrained, for the model and "
    "the tokenizer)"
)


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


def test_a_missing_model_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BaseModelError) as error:
        BaseModel.load(str(tmp_path / "empty"), device="cpu")
    said = f"it has no config.json. {EXPECTED}"
    assert str(error.value) == f"cannot load the base model {str(tmp_path / 'empty')!r}: {said}"
    with pytest.raises(BaseModelError) as error:
        BaseModel.load(str(tmp_path / "none"), device="cpu")
    assert str(error.value).startswith(f"cannot load the base model {str(tmp_path / 'none')!r}: ")
    assert str(error.value).endswith(
        ". Expected a folder or the hub name of a causal LM, such as Qwen/Qwen2-1.5B-Instruct"
    )
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("files", "named", "said"),
    [
        (["tiny-Q4.gguf"], "", f"it is no model but tiny-Q4.gguf, {OF_GGUF}"),
        (["a.gguf", "b.gguf", "config.json", "tokenizer.json"], "", f"it is no model but a.gguf, b.gguf, {OF_GGUF}"),
        (["tiny.gguf"], "tiny.gguf", f"it is no model but tiny.gguf, {OF_GGUF}"),
        (["model.safetensors"], "model.safetensors", f"it is a file. {EXPECTED}"),
        (
            ["adapter_config.json", "adapter_model.safetensors"],
            "",
            f"it is an adapter, with adapter_config.json and no config.json. {EXPECTED}; a folder of adapters is named "
            "with --adapters",
        ),
    ],
    ids=["GGUF", "GGUF with its config", "a GGUF file", "another file", "an adapter"],
)
def test_what_is_no_hugging_face_folder_is_refused_by_what_it_is(
    files: list[str], named: str, said: str, tmp_path: Path
) -> None:
    for file in files:
        (tmp_path / file).write_text("{}", encoding="utf-8")
    source = str(tmp_path / named)
    for read in (BaseModel.load, load_tokens, base_folder_of):
        with pytest.raises(BaseModelError) as error:
            read(source)
        assert str(error.value) == f"cannot load the base model {source!r}: {said}"


def test_a_folder_with_a_gguf_beside_its_weights_is_read(gemma_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(gemma_folder, tmp_path / "both"))
    (folder / "model.gguf").touch()
    assert load_tokens(str(folder)).end_id == 1


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        ("foo", "PyTorch knows none of that name"),
        ("", "PyTorch knows none of that name"),
        ("cuda:", "PyTorch knows none of that name"),
        ("meta", "Tensor.item() cannot be called on meta tensors"),
    ],
)
def test_a_device_that_is_not_there_is_refused_before_anything_is_loaded(
    device: str, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(BaseModelError) as error:
        BaseModel.load(str(tmp_path / "no base model"), device=device)
    here = ", ".join(devices_here())
    assert (
        str(error.value)
        == f"device {device!r} cannot be used: {reason}. Name one of those that are here with --device: {here}"
    )


def test_a_gpu_is_refused_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    here = ", ".join(devices_here())
    with pytest.raises(
        BaseModelError,
        match=rf"^device 'cuda:99' cannot be used: .+\. Name one of those that are here with --device: {here}$",
    ):
        usable_device("cuda:99")  # where there are GPUs, none has this number
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert usable_device(None) == torch.device("cpu")


def test_devices_that_are_there_are_named_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available: torch.device("cuda"))
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 2)
    assert devices_here() == ["cpu", "cuda:0", "cuda:1"]


@pytest.mark.parametrize("kept", [-100, 50, 0])
def test_weights_that_were_cut_short_are_an_error_that_names_the_file(
    gemma_folder: Path, tmp_path: Path, kept: int
) -> None:
    folder = shutil.copytree(gemma_folder, tmp_path / "x")
    cut_short(folder / "model.safetensors", kept)
    with pytest.raises(BaseModelError) as error:
        BaseModel.load(str(folder), device="cpu", precision="fp32")
    reason = {-100: "incomplete metadata, file not fully covered", 50: "invalid header length", 0: "header too small"}[
        kept
    ]
    assert str(error.value) == (
        f"cannot load the base model {str(folder)!r}: {folder / 'model.safetensors'} cannot be read: Error while "
        f"deserializing header: {reason}. "
        "Expected a whole file: fetch it again"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"version": ', "EOF while parsing a value at line 1 column 12"),
        (b"{}", "Model missing. at line 1 column 2"),
        (b"\xff" * 9, "stream did not contain valid UTF-8"),
    ],
)
def test_a_damaged_tokenizer_is_an_error_that_names_the_file(
    gemma_folder: Path, tmp_path: Path, content: bytes, reason: str
) -> None:
    folder = shutil.copytree(gemma_folder, tmp_path / "x")
    (folder / "tokenizer.json").write_bytes(content)
    for load in (load_tokens, lambda name: BaseModel.load(name, device="cpu", precision="fp32")):
        with pytest.raises(BaseModelError) as error:
            load(str(folder))
        assert str(error.value) == (
            f"cannot load the base model {str(folder)!r}: {folder / 'tokenizer.json'} cannot be read: {reason}. "
            "Expected a whole file: fetch it again"
        )


@pytest.mark.parametrize(
    ("name", "reason"),
    [("config.json", "Expecting value: line 1 column 1 (char 0)"), ("model.safetensors.index.json", "Expecting")],
)
def test_other_damaged_files_are_named_too(gemma_folder: Path, tmp_path: Path, name: str, reason: str) -> None:
    folder = shutil.copytree(gemma_folder, tmp_path / "x")
    (folder / "model.safetensors").unlink()
    (folder / name).write_text("")
    with pytest.raises(BaseModelError) as error:
        BaseModel.load(str(folder), device="cpu", precision="fp32")
    assert str(error.value).startswith(
        f"cannot load the base model {str(folder)!r}: {folder / name} cannot be read: {reason}"
    )


def test_a_damaged_model_of_the_hub_is_to_be_removed_from_its_cache(
    gemma_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "models--tiny--gemma"
    folder = shutil.copytree(gemma_folder, kept / "snapshots" / "0123")
    cut_short(folder / "tokenizer.json", -100)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("0123")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(BaseModelError) as error:
        load_tokens("tiny/gemma")
    assert str(error.value).startswith(
        f"cannot load the base model 'tiny/gemma': {folder / 'tokenizer.json'} cannot be read: EOF while parsing a "
        "value at "
    )
    assert str(error.value).endswith(f". Expected a whole file: remove {kept} and run again, which fetches it anew")


def test_a_damaged_embedded_model_is_to_be_made_again(
    gemma_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASCADE_NER_CACHE", str(tmp_path))
    folder = shutil.copytree(gemma_folder, tmp_path / "gemma-bf16")
    cut_short(folder / "tokenizer.json", 0)
    with pytest.raises(BaseModelError) as error:
        load_tokens(str(folder))
    assert str(error.value).endswith(f". Expected a whole file: remove {folder} and run again, which makes it anew")


def test_an_error_that_no_file_causes_is_passed_on(gemma_folder: Path) -> None:
    with pytest.raises(RuntimeError, match=r"^something else$"), reading_files_of(str(gemma_folder)):
        raise RuntimeError("something else")
    with pytest.raises(LookupError), reading_files_of("no/such/model"):
        raise LookupError


def test_tokens_of_a_folder_that_holds_none_are_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(BaseModelError) as error:
        load_tokens(str(tmp_path))
    assert str(error.value).startswith(f"cannot load the base model {str(tmp_path)!r}: ")


def cut_short(file: Path, kept: int) -> None:
    """Leaves the first bytes of a file, or all but so many of the last."""
    file.write_bytes(file.read_bytes()[:kept])


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


@pytest.mark.parametrize("values", [[1, 2, 3], [[1], [2]], [], np.arange(4)])
def test_numbers_arrive_on_the_device_as_they_are(values: Any) -> None:
    arrived = sent(values, torch.device("cpu"))
    assert arrived.device.type == "cpu"
    assert arrived.tolist() == np.asarray(values).tolist()


@pytest.mark.parametrize(("device", "waits"), [("cuda", False), ("cpu", True), ("mps", True)])
def test_a_gpu_is_not_waited_for(device: str, waits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def to(self: torch.Tensor, _: torch.device, **options: Any) -> torch.Tensor:
        asked.append(options)
        return self

    monkeypatch.setattr(torch.Tensor, "to", to)
    sent([1, 2], torch.device(device))
    assert asked == [{"non_blocking": not waits}]
