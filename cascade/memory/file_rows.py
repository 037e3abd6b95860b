"""Rows of a matrix that lies in a file, read one by one: of a mapping, each row that is looked up would bring sixteen
pages into memory.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from weakref import finalize

import torch
from torch import Tensor

from cascade.concurrency.processes import StaysInProcess
from cascade.errors import BaseModelError
from cascade.memory.mappings import LISTING, mapped_files

# rows by which file and mapping are told to be the same; device and inode differ in some kinds of file system, such as
# containers'
_COMPARED = 64


@dataclass(frozen=True, slots=True, weakref_slot=True)
class FileRows(StaysInProcess):
    """A matrix of `rows` times `columns` numbers that begins `start` bytes into a file, which is held open by a
    descriptor of its own.

    A forked process may read on by the same descriptor, as every read says where it begins.
    """

    _holds: ClassVar[str] = "a file that this process has open"

    name: str
    descriptor: int
    start: int
    rows: int
    columns: int
    dtype: torch.dtype
    _file: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_file", _identity(self.descriptor))
        finalize(self, os.close, self.descriptor).atexit = False  # threads may still read while the interpreter ends

    @classmethod
    def of(cls, matrix: Tensor, listing: Path = LISTING) -> FileRows | None:
        """Those of a matrix that is mapped from a file.

        None where it is not, where the system does not say or has no reads at a place, as Windows, or where the file is
        gone or another by now.
        """
        if (
            not hasattr(os, "preadv")
            or matrix.device.type != "cpu"
            or matrix.dim() != 2
            or not matrix.numel()
            or not matrix.is_contiguous()
        ):
            return None
        matrix = matrix.detach()
        begin, last = matrix.data_ptr(), matrix.data_ptr() + matrix.nbytes - 1
        mapping = next(
            (each for each in mapped_files(listing) if begin in each.addresses and last in each.addresses), None
        )
        if mapping is None or mapping.written:
            return None
        try:
            descriptor = os.open(mapping.file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        rows = cls(
            mapping.file,
            descriptor,
            mapping.offset + begin - mapping.addresses.start,
            len(matrix),
            matrix.shape[1],
            matrix.dtype,
        )
        some = torch.arange(_COMPARED) * (len(matrix) - 1) // (_COMPARED - 1)
        try:
            as_bytes = [part.contiguous().view(torch.uint8) for part in (rows(some), matrix[some])]
        except BaseModelError:
            return None
        return rows if torch.equal(*as_bytes) else None

    def __call__(self, ids: Tensor) -> Tensor:
        """(..., columns) of ids (...), as the file has them.

        Raises IndexError for ids beyond the rows, BaseModelError where the file has become shorter or was closed.
        """
        distinct, places = torch.unique(ids, return_inverse=True)
        if len(distinct) and not 0 <= int(distinct[0]) <= int(distinct[-1]) < self.rows:
            raise IndexError(
                f"rows {int(distinct[0])} to {int(distinct[-1])} are asked for; expected 0 to {self.rows - 1}"
            )
        self._check_open()
        size = self.columns * self.dtype.itemsize
        read = torch.empty(len(distinct), self.columns, dtype=self.dtype)
        for row, held in zip(distinct.tolist(), read.view(torch.uint8).numpy(), strict=True):
            if os.preadv(self.descriptor, [held], self.start + row * size) != size:
                raise BaseModelError(
                    f"{self.name}: shorter than when it was loaded; expected the same file while it is read"
                )
        return read[places]

    def _check_open(self) -> None:
        """Raises BaseModelError where somebody closed the descriptor, by whose number another file may be open by
        now.
        """
        try:
            is_open = _identity(self.descriptor) == self._file
        except OSError:
            is_open = False
        if not is_open:
            raise BaseModelError(
                f"{self.name}: its descriptor {self.descriptor} was closed, as daemons close all that they inherit; "
                "expected "
                f"it open while the model is used. Load the model after that"
            )


def _identity(descriptor: int) -> tuple[int, int]:
    """Device and inode of an open file: another file's, where its number was given away."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino
