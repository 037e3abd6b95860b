"""Rows of a matrix read from its file: the same as of the mapping, without pages of it in memory."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mapped_memory import SAYS, listing, resident
from tiny_models import stored_in
from torch import Tensor

from cascade.errors import BaseModelError
from cascade.layers.stored_weights import WidenedRows
from cascade.memory.file_rows import FileRows
from cascade.memory.mapped_files import MappedFiles
from cascade.model.base_model import BaseModel

ROWS, COLUMNS, BEFORE = 4096, 256, 24


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights of a model.bin"
    path.write_bytes(b"\1" * BEFORE + np.arange(ROWS * COLUMNS, dtype=np.uint16).tobytes())
    return path


def mapped(file: Path, dtype: torch.dtype = torch.bfloat16) -> Tensor:
    """The matrix in a private mapping of the file, as weights are read."""
    return torch.from_numpy(np.memmap(file, dtype=np.uint16, mode="c", offset=BEFORE)).view(dtype).view(ROWS, COLUMNS)


def rows_of(file: Path, matrix: Tensor) -> FileRows:
    """The matrix' rows, made by hand where the system does not say what is mapped."""
    rows = FileRows.of(matrix)
    assert (rows is not None) == SAYS
    return rows or FileRows(str(file), os.open(file, os.O_RDONLY), BEFORE, ROWS, COLUMNS, matrix.dtype)


def same(left: Tensor, right: Tensor) -> bool:
    """The same bits, also where they are no numbers."""
    return (
        left.shape == right.shape
        and left.dtype == right.dtype
        and torch.equal(left.contiguous().view(torch.int16), right.contiguous().view(torch.int16))
    )


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("shape", [(0,), (1,), (3, 70)])
def test_rows_are_those_of_the_mapping(file: Path, dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    matrix, ids = mapped(file, dtype), torch.randint(ROWS, shape, generator=torch.Generator().manual_seed(3))
    assert same(rows_of(file, matrix)(ids), matrix[ids])


def test_the_first_and_the_last_row_and_none_beyond(file: Path) -> None:
    matrix = mapped(file)
    rows = rows_of(file, matrix)
    ends = torch.tensor([[ROWS - 1, 0, ROWS - 1]])
    assert same(rows(ends), matrix[ends])
    for ids in ([ROWS], [-1], [0, ROWS]):
        with pytest.raises(IndexError, match="expected 0 to 4095"):
            rows(torch.tensor(ids))


def test_no_page_of_the_file_comes_into_memory(file: Path) -> None:
    matrix = mapped(file)
    rows, files = rows_of(file, matrix), MappedFiles.of([matrix])
    files.give_back()
    assert resident(file) == 0
    rows(torch.arange(0, ROWS, 2))
    assert resident(file) == 0
    matrix[torch.arange(0, ROWS, 2)]
    assert (resident(file) > 0) == SAYS  # what reading them of the mapping does


def test_a_part_of_the_file_begins_where_it_does(file: Path) -> None:
    part = mapped(file)[100:300]
    rows = FileRows.of(part)
    assert (rows is not None) == SAYS
    assert rows is None or same(rows(torch.tensor([0, 199])), part[[0, 199]])


def test_what_no_file_holds_is_left_alone(file: Path, tmp_path: Path) -> None:
    matrix = mapped(file)
    assert FileRows.of(matrix.clone()) is None
    assert FileRows.of(matrix.T) is None
    assert FileRows.of(matrix[0]) is None
    assert FileRows.of(matrix, tmp_path / "missing") is None


def test_what_was_written_into_the_mapping_is_not_read_of_the_file(file: Path) -> None:
    matrix = mapped(file)
    matrix[1] = 1.0
    assert FileRows.of(matrix) is None


def test_a_file_that_is_gone_is_not_read(file: Path) -> None:
    matrix = mapped(file)
    file.unlink()
    assert FileRows.of(matrix) is None


@pytest.mark.parametrize(("size", "is_read"), [(None, True), (BEFORE + 2 * ROWS * COLUMNS - 1, False), (0, False)])
def test_a_file_by_another_name_is_read_where_it_is_the_same(
    file: Path, tmp_path: Path, size: int | None, is_read: bool
) -> None:
    matrix, other = mapped(file), tmp_path / "layer of a container"
    other.write_bytes(file.read_bytes()[:size])
    says = tmp_path / "maps"
    says.write_text(re.sub(r"\S+ \d+( +)" + re.escape(str(file)), rf"00:00 1\g<1>{other}", listing()), encoding="utf-8")
    rows = FileRows.of(matrix, says)
    assert (rows is not None) == (is_read and SAYS)
    assert rows is None or (rows.name == str(other) and same(rows(torch.tensor([9])), matrix[[9]]))


def test_another_file_by_the_same_name_is_not_read(file: Path, tmp_path: Path) -> None:
    matrix, other = mapped(file), tmp_path / "other.bin"
    other.write_bytes(bytes(BEFORE) + np.arange(ROWS * COLUMNS, dtype=np.uint16)[::-1].tobytes())
    says = tmp_path / "maps"
    says.write_text(listing().replace(str(file), str(other)), encoding="utf-8")
    assert FileRows.of(matrix, says) is None


def test_a_file_that_goes_later_is_read_on(file: Path) -> None:
    matrix = mapped(file)
    rows = rows_of(file, matrix)
    file.unlink()
    assert same(rows(torch.tensor([7])), matrix[[7]])


def test_a_file_that_became_shorter_is_an_error(file: Path) -> None:
    rows = rows_of(file, mapped(file))
    with file.open("r+b") as open_file:
        open_file.truncate(BEFORE)
    with pytest.raises(BaseModelError, match="shorter than when it was loaded"):
        rows(torch.tensor([5]))


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8"])
def test_readers_look_rows_up_in_the_file(precision: str, gemma_folder: Path, tmp_path: Path) -> None:
    base = BaseModel.load(str(stored_in(gemma_folder, tmp_path, torch.bfloat16)), device="cpu", precision=precision)
    reader = base.reader(stacked=True)
    body: Any = reader.body
    embedding = body.get_input_embeddings()
    assert isinstance(embedding, WidenedRows) or not SAYS
    own = base.model.get_input_embeddings()
    ids = torch.arange(own.weight.shape[0]).flip(0)[None]
    assert (getattr(embedding, "_file", None) is not None) == SAYS
    assert torch.equal(embedding(ids), own.to(base.dtype)(ids))
