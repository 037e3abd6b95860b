"""Loading a base model: what is wrong with its files or its device is said so that its user can act on it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cascade.errors import BaseModelError
from cascade.layers.transfer import sent
from cascade.model.base_model import BaseModel
from cascade.model.devices import devices_here, usable_device
from cascade.model.model_files import reading_files_of
from cascade.model.tokenizer import load_tokens
from train.trainable_base import base_folder_of

EXPECTED = "Expected a Hugging Face folder, with config.json, tokenizer.json and weights as safetensors"

NAMED = (
    "Expected gemma-3-270m, qwen2.5-coder-0.5b, qwen2.5-coder-1.5b, a folder, a GGUF file or the hub name of a causal "
    "LM"
)


def test_a_missing_model_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BaseModelError) as error:
        BaseModel.load(str(tmp_path / "empty"), device="cpu")
    said = f"it has no config.json. {EXPECTED}"
    assert str(error.value) == f"cannot load the base model {str(tmp_path / 'empty')!r}: {said}"
    with pytest.raises(BaseModelError) as error:
        BaseModel.load(str(tmp_path / "none"), device="cpu")
    assert str(error.value).startswith(f"cannot load the base model {str(tmp_path / 'none')!r}: ")
    assert str(error.value).endswith(f". {NAMED}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("files", "named", "said"),
    [
        (["model.safetensors"], "model.safetensors", f"it is a file. {EXPECTED}"),
        (
            ["adapter_config.json", "adapter_model.safetensors"],
            "",
            f"it is an adapter, with adapter_config.json and no config.json. {EXPECTED}; a folder of adapters is named "
            "with --adapters",
        ),
    ],
    ids=["another file", "an adapter"],
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
