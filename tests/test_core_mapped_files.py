"""Weights mapped from files: their pages are given back and read again, and nothing else is ever dropped."""

from __future__ import annotations

import gc
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mapped_memory import SAYS, listing, resident
from torch import Tensor

from cascade.memory.mapped_files import MappedFiles
from cascade.model.base_model import BaseModel

SIZE = 1 << 18


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    np.arange(SIZE, dtype=np.float32).tofile(path)
    return path


def mapped(file: Path) -> Tensor:
    """A tensor in a private mapping of the file, as weights are read."""
    return torch.from_numpy(np.memmap(file, dtype=np.float32, mode="c"))


def test_pages_of_a_mapped_file_are_given_back_and_read_again(file: Path) -> None:
    weights = mapped(file)
    files = MappedFiles.of([weights])
    expected = weights.sum().item()
    assert resident(file) >= 4 * SIZE // 1024 * SAYS
    files.give_back()
    assert resident(file) == 0
    assert weights.sum().item() == expected


@pytest.mark.parametrize("later", [False, True])
def test_what_was_written_into_a_mapping_stays(file: Path, later: bool) -> None:
    weights = mapped(file)
    if later:
        files = MappedFiles.of([weights])
    weights[5] = -1.0
    if not later:
        files = MappedFiles.of([weights])
    files.give_back()
    assert weights[5] == -1.0
    assert (resident(file) > 0) == SAYS


def test_what_was_written_and_swapped_out_stays(file: Path, tmp_path: Path) -> None:
    weights = mapped(file)
    files = MappedFiles.of([weights])
    said = re.sub(rf"({re.escape(str(file))}\n(?:\w+: .*\n)*?Swap: +)0 kB", r"\g<1>4 kB", listing())
    (tmp_path / "smaps").write_text(said, encoding="utf-8")
    assert weights.sum() > 0
    files.give_back(tmp_path / "smaps")
    assert (resident(file) > 0) == SAYS
    files.give_back()
    assert resident(file) == 0


def test_the_addresses_of_weights_that_are_gone_stay_theirs(file: Path) -> None:
    weights = mapped(file)
    files = MappedFiles.of([weights])
    assert weights.sum() > 0
    del weights
    gc.collect()
    assert (str(file) in listing()) == SAYS  # or other memory could take them, and be dropped as the weights'
    files.give_back()
    assert resident(file) == 0
    del files
    gc.collect()
    assert str(file) not in listing()


def test_memory_without_a_file_is_never_dropped(file: Path) -> None:
    assert MappedFiles.of([torch.ones(SIZE), mapped(file).clone()]).weights == ()


def test_other_files_are_left_alone(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(file.read_bytes())
    weights, others = mapped(file), mapped(other)
    files = MappedFiles.of([weights])
    assert others.sum() == weights.sum()
    files.give_back()
    assert (resident(file), resident(other)) == (0, 4 * SIZE // 1024 * SAYS)


def test_a_system_that_does_not_say_has_none(file: Path, tmp_path: Path) -> None:
    assert MappedFiles.of([mapped(file)], tmp_path / "no such file").weights == ()


def test_on_another_system_nothing_is_held_or_dropped(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = mapped(file)
    files = MappedFiles.of([weights])
    assert len(files.weights) == SAYS
    monkeypatch.setattr(sys, "platform", "darwin")
    assert MappedFiles.of([weights]).weights == ()
    assert weights.sum() > 0
    files.give_back()
    assert (resident(file) > 0) == SAYS


def test_a_loaded_model_gives_its_file_back(gemma_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(gemma_folder, tmp_path / "alone"))  # which no other model maps
    model = BaseModel.load(str(folder), device="cpu", precision="fp32")
    weights = [weight.clone() for weight in model.model.parameters()]
    assert (resident(folder / "model.safetensors") > 0) == SAYS  # control
    model.hand_back()
    assert resident(folder / "model.safetensors") == 0
    assert all(torch.equal(weight, before) for weight, before in zip(model.model.parameters(), weights, strict=True))
