"""Models that could run foreign code: pickled weights and code of a model's own are refused before anything runs."""

from __future__ import annotations

import json
import pickle
import shutil
import sys
from pathlib import Path

import pytest

from cascade.errors import BaseModelError
from cascade.model.base_model import BaseModel
from cascade.model.tokenizer import load_tokens
from cascade.published.errors import PublishedError
from cascade.published.generator import load


class Runs:
    """When it is unpickled, it makes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.mark,)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """The file that is there once foreign code has run."""
    return tmp_path / "it ran"


@pytest.fixture
def pickled(gemma_folder: Path, tmp_path: Path, mark: Path) -> Path:
    """A base model whose weights are a pickle."""
    folder = Path(shutil.copytree(gemma_folder, tmp_path / "pickled"))
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Runs(mark)))
    return folder


@pytest.fixture
def with_code(gemma_folder: Path, tmp_path: Path, mark: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A base model of a kind that only its own code knows; a user would agree to whatever is asked."""
    folder = Path(shutil.copytree(gemma_folder, tmp_path / "with_code"))
    (folder / "mine.py").write_text(f"from pathlib import Path\nPath({str(mark)!r}).touch()\n", encoding="utf-8")
    own = {"AutoConfig": "mine.Config", "AutoModelForCausalLM": "mine.Model"}
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "mine", "auto_map": own}), encoding="utf-8")
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    return folder


def test_what_is_unpickled_would_make_the_mark(pickled: Path, mark: Path) -> None:
    pickle.loads((pickled / "pytorch_model.bin").read_bytes())
    assert mark.exists()


def test_what_is_imported_would_make_the_mark(with_code: Path, mark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(with_code))
    __import__("mine")
    del sys.modules["mine"]
    assert mark.exists()


def test_pickled_weights_of_a_base_model_are_refused(pickled: Path, mark: Path) -> None:
    with pytest.raises(BaseModelError) as error:
        BaseModel.load(str(pickled), device="cpu", precision="fp32")
    assert str(error.value).startswith(f"cannot load the base model {str(pickled)!r}: ")
    assert "safetensors" in str(error.value)
    assert not mark.exists()


@pytest.mark.parametrize("read", [BaseModel.load, load_tokens])
def test_code_of_a_base_model_is_not_run(read: object, with_code: Path, mark: Path) -> None:
    assert callable(read)
    with pytest.raises(BaseModelError) as error:
        read(str(with_code))
    assert "contains custom code" in str(error.value)
    assert not mark.exists()


def test_a_published_model_runs_no_code_and_no_pickle(with_code: Path, pickled: Path, mark: Path) -> None:
    for folder in (with_code, pickled):
        with pytest.raises(PublishedError):
            load(folder)
    assert not mark.exists()


def test_pickled_weights_of_a_published_model_are_refused_with_the_remedy(pickled: Path) -> None:
    with pytest.raises(PublishedError) as error:
        load(pickled)
    assert str(error.value) == (
        f"{pickled}: has no model.safetensors; expected weights as safetensors, as reading others may run foreign "
        "code. Save the model with transformers' save_pretrained"
    )


def test_a_published_adapter_is_read_from_safetensors_alone(gemma_folder: Path, tmp_path: Path, mark: Path) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}', encoding="utf-8")
    (folder / "adapter_model.bin").write_bytes(pickle.dumps(Runs(mark)))
    with pytest.raises(PublishedError) as error:
        load(folder, base=str(gemma_folder))
    assert str(error.value) == (
        f"{folder}: has no adapter_model.safetensors; expected weights as safetensors, as reading others may run "
        "foreign code. Save the adapter with PEFT's save_pretrained"
    )
    assert not mark.exists()
