"""Weights in mapped files: their pages are given back and read again, and nothing that was written is ever lost."""

from __future__ import annotations

import gc
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from mapped_memory import GIVES_BACK, SAYS, resident
from safetensors.torch import save_file
from tiny_models import stored_in
from torch import Tensor, nn

from cascade.memory.weight_files import FileRows, WeightFiles
from cascade.model.base_model import BaseModel

ROWS, COLUMNS = 4096, 256
needs_mappings = pytest.mark.skipif(not GIVES_BACK, reason="pages cannot be given back here")


def model(dtype: torch.dtype = torch.bfloat16, **others: nn.Module) -> nn.Module:
    """Two matrices and a vector, with numbers of their own."""
    modules = nn.ModuleDict(
        {"embedding": nn.Embedding(ROWS, COLUMNS), "linear": nn.Linear(COLUMNS, COLUMNS, bias=True), **others}
    )
    return modules.to(dtype).requires_grad_(False)


def saved(modules: nn.Module, file: Path) -> Path:
    save_file({name: weight.detach().clone() for name, weight in modules.named_parameters()}, file)
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


@pytest.fixture
def modules(file: Path) -> Any:
    made = model()
    saved(made, file)
    return made


def change_config(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | changes
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def copies(modules: nn.Module) -> list[Tensor]:
    return [weight.detach().clone() for weight in modules.parameters()]


def unchanged(modules: nn.Module, before: list[Tensor]) -> bool:
    return all(torch.equal(weight, was) for weight, was in zip(modules.parameters(), before, strict=True))


@needs_mappings
def test_pages_are_given_back_and_read_again(modules: Any, file: Path) -> None:
    before, owners = copies(modules), list(modules.parameters())
    files = WeightFiles.adopt(modules, [file])
    assert len(files.files[0].taken) == len(owners) == 3
    assert all(weight is owner for weight, owner in zip(modules.parameters(), owners, strict=True))
    assert unchanged(modules, before)
    assert (resident(file) > 1000) == SAYS
    files.give_back()
    assert resident(file) == 0
    assert unchanged(modules, before)


@needs_mappings
def test_what_was_written_stays(modules: Any, file: Path) -> None:
    files = WeightFiles.adopt(modules, [file])
    modules.linear.weight[3] = 7.0
    before = copies(modules)
    files.give_back()
    assert unchanged(modules, before)
    assert modules.linear.weight[3, 0] == 7.0
    rows = files.rows_of(modules.embedding.weight)
    assert rows is not None
    rows(torch.arange(ROWS))
    assert modules.linear.weight[3, 0] == 7.0


@needs_mappings
def test_nothing_reaches_the_file(modules: Any, file: Path) -> None:
    before = file.read_bytes()
    files = WeightFiles.adopt(modules, [file])
    modules.linear.weight.fill_(1.0)
    files.give_back()
    del files, modules
    gc.collect()
    assert file.read_bytes() == before


@needs_mappings
@pytest.mark.parametrize("change", ["numbers", "type", "shape", "name"])
def test_what_was_changed_while_it_was_loaded_stays_as_it_is(file: Path, change: str) -> None:
    stored = model()
    saved(stored, file)
    loaded: Any = model()
    loaded.load_state_dict(stored.state_dict())
    if change == "numbers":
        loaded.linear.weight.mul_(2)
    elif change == "type":
        loaded.linear.float()
    elif change == "shape":
        loaded.linear.weight = nn.Parameter(loaded.linear.weight[:, :-1].clone(), requires_grad=False)
    else:
        loaded.other = loaded.linear
        del loaded.linear
    before = copies(loaded)
    files = WeightFiles.adopt(loaded, [file])
    taken = {id(weight) for weight, _ in files.files[0].taken}
    assert id(loaded.embedding.weight) in taken
    changed = loaded.other.weight if change == "name" else loaded.linear.weight
    assert id(changed) not in taken
    files.give_back()
    assert unchanged(loaded, before)


@needs_mappings
def test_tied_weights_stay_tied(file: Path) -> None:
    tied: Any = model(head=nn.Linear(COLUMNS, ROWS, bias=False))
    tied.head.weight = tied.embedding.weight
    saved(tied, file)
    WeightFiles.adopt(tied, [file])
    assert tied.head.weight is tied.embedding.weight
    assert tied.head.weight.data_ptr() == tied.embedding.weight.data_ptr()


@needs_mappings
def test_several_files_are_adopted_and_others_left_alone(tmp_path: Path) -> None:
    modules: Any = model()
    before, parts = copies(modules), dict(modules.named_parameters())
    files = []
    for name, weight in parts.items():
        files.append(tmp_path / f"{name}.safetensors")
        save_file({name: weight.detach().clone()}, files[-1])
    save_file({"no.such": torch.ones(2)}, tmp_path / "other.safetensors")
    (tmp_path / "damaged.safetensors").write_bytes(b"\xff" * 20)
    (tmp_path / "empty.safetensors").write_bytes(b"")
    more = [tmp_path / name for name in ("other.safetensors", "damaged.safetensors", "empty.safetensors", "missing")]
    adopted = WeightFiles.adopt(modules, [*more, *files])
    assert len(adopted.files) == len(parts)
    adopted.give_back()
    assert unchanged(modules, before)


@needs_mappings
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize("shape", [(0,), (1,), (3, 70), (2, 900)])
def test_rows_are_those_of_the_matrix(file: Path, dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    modules: Any = model(dtype)
    saved(modules, file)
    rows = WeightFiles.adopt(modules, [file]).rows_of(modules.embedding.weight)
    ids = torch.randint(ROWS, shape, generator=torch.Generator().manual_seed(3))
    assert rows is not None
    assert torch.equal(rows(ids), modules.embedding.weight[ids])


@needs_mappings
def test_the_first_and_the_last_row_and_none_beyond(modules: Any, file: Path) -> None:
    rows = WeightFiles.adopt(modules, [file]).rows_of(modules.embedding.weight)
    assert rows is not None
    ends = torch.tensor([[ROWS - 1, 0, ROWS - 1]])
    assert torch.equal(rows(ends), modules.embedding.weight[ends])
    for ids in ([ROWS], [-1], [0, ROWS]):
        with pytest.raises(IndexError, match="expected 0 to 4095"):
            rows(torch.tensor(ids))


@needs_mappings
def test_no_page_of_the_rows_stays_in_memory(modules: Any, file: Path) -> None:
    files = WeightFiles.adopt(modules, [file])
    rows = files.rows_of(modules.embedding.weight)
    files.give_back()
    assert rows is not None
    assert resident(file) == 0
    rows(torch.arange(0, ROWS, 2))
    assert resident(file) == 0
    modules.embedding.weight[torch.arange(0, ROWS, 2)]
    assert (resident(file) > 0) == SAYS  # what reading them without giving back does


@needs_mappings
def test_the_file_may_go_while_it_is_read(modules: Any, file: Path) -> None:
    expected = modules.embedding.weight[[7]].clone()
    files = WeightFiles.adopt(modules, [file])
    file.unlink()
    files.give_back()
    rows = files.rows_of(modules.embedding.weight)
    assert rows is not None
    assert torch.equal(rows(torch.tensor([7])), expected)


def test_a_matrix_in_no_file_has_no_rows_there(modules: Any, file: Path) -> None:
    files = WeightFiles.adopt(modules, [file])
    assert files.rows_of(nn.Parameter(torch.ones(3, 2), requires_grad=False)) is None
    assert files.rows_of(modules.linear.bias) is None


def test_a_system_that_cannot_give_pages_back_adopts_none(
    modules: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cascade.memory.weight_files.GIVES_BACK", False)
    files = WeightFiles.adopt(modules, [file])
    assert files == WeightFiles()
    files.give_back()
    assert files.rows_of(modules.embedding.weight) is None


def test_a_loaded_model_gives_its_file_back(gemma_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(gemma_folder, tmp_path / "alone"))  # which no other model maps
    loaded = BaseModel.load(str(folder), device="cpu", precision="fp32")
    before = {name: weight.clone() for name, weight in loaded.stored.weights.items()}
    assert (resident(folder / "model.safetensors") > 0) == SAYS  # control
    loaded.hand_back()
    assert resident(folder / "model.safetensors") == 0
    assert all(torch.equal(weight, before[name]) for name, weight in loaded.stored.weights.items())


def test_a_loaded_model_of_transformers_gives_its_file_back(gemma_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(gemma_folder, tmp_path / "alone"))
    change_config(folder, rope_parameters=None, rope_scaling=None)  # what is not written down is left to transformers
    loaded = BaseModel.load(str(folder), device="cpu", precision="fp32")
    before = copies(loaded.model)
    assert (resident(folder / "model.safetensors") > 0) == SAYS
    loaded.hand_back()
    assert resident(folder / "model.safetensors") == 0
    assert unchanged(loaded.model, before)


@needs_mappings
@pytest.mark.parametrize("size", [10, 3000, -100])
def test_a_file_that_was_cut_short_is_an_error(modules: Any, file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"Expecting value|Extra data|Unterminated|bytes of weights"):
        WeightFiles.opened([file])


@needs_mappings
def test_a_header_whose_shape_is_not_that_of_the_bytes_is_an_error(tmp_path: Path) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [31], "data_offsets": [0, 128]}}).encode()
    header += b" " * (-len(header) % 8)
    file = tmp_path / "model.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 128)
    with pytest.raises(ValueError, match=r"the weights 'a' have 128 bytes, and the shape \[31\]"):
        WeightFiles.opened([file])


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8"])
def test_readers_look_rows_up_in_the_file(precision: str, gemma_folder: Path, tmp_path: Path) -> None:
    base = BaseModel.load(str(stored_in(gemma_folder, tmp_path, torch.bfloat16)), device="cpu", precision=precision)
    body: Any = base.reader(stacked=True).body
    embedding = body.embed_tokens
    assert isinstance(getattr(embedding, "_file", None), FileRows) == GIVES_BACK
    own = base.model.get_input_embeddings()
    ids = torch.arange(own.weight.shape[0]).flip(0)[None]
    assert torch.equal(embedding(ids), own.to(base.dtype)(ids))
