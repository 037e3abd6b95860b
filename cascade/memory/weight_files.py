"""The files of a base model's weights, mapped into memory by this process itself, so that it may give their pages back.

A page of a mapped file that was read counts as this process' memory until it is given back; what is read again comes
from the system's cache of the file.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from cascade.concurrency.processes import StaysInProcess

# the layout of a file is that of github.com/huggingface/safetensors, "Format"; other types of numbers stay as loaded
_TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_LENGTH_BYTES = 8
_COMPARED = 4  # rows of a matrix, first and last among them: each brings sixteen pages into memory
GIVES_BACK = hasattr(mmap, "MADV_DONTNEED")  # not on Windows
_AT_ONCE = 64  # rows that are looked up before their pages are given back: 4 MB


@dataclass(frozen=True, slots=True)
class MappedFile:
    """A file of weights: its mapping, and for each of its tensors that a model has, the parameter with its version when
    it was taken.
    """

    pages: mmap.mmap
    taken: tuple[tuple[Tensor, int], ...]

    def give_back(self, begin: int = 0, end: int | None = None) -> None:
        """Gives back the pages that hold some bytes of the file; none once a parameter was written to, as what was
        written would be lost, nor where the system has no such call.
        """
        if not GIVES_BACK or any(weight._version != version for weight, version in self.taken):
            return
        start = begin // mmap.PAGESIZE * mmap.PAGESIZE
        with suppress(OSError):  # for pages that are locked into memory
            self.pages.madvise(mmap.MADV_DONTNEED, start, (len(self.pages) if end is None else end) - start)


@dataclass(frozen=True, slots=True)
class FileRows(StaysInProcess):
    """Rows of a matrix in a mapped file, of which no pages stay in memory; `start`: its first byte in the file.

    Reading the file itself takes half as long (3 of 6 ms for 1,024 tokens, 2 CPU cores, 2026-11) and nothing that can
    be measured of a pass, but needs a descriptor that nobody closes, and a system that reads at a place.
    """

    _holds: ClassVar[str] = "a mapping of this process"

    matrix: Tensor
    file: MappedFile
    start: int

    def __call__(self, ids: Tensor) -> Tensor:
        """(..., columns) of ids (...); raises IndexError for ids beyond the rows."""
        distinct, places = torch.unique(ids, return_inverse=True)
        if len(distinct) and not 0 <= int(distinct[0]) <= int(distinct[-1]) < len(self.matrix):
            raise IndexError(
                f"rows {int(distinct[0])} to {int(distinct[-1])} are asked for; expected 0 to {len(self.matrix) - 1}"
            )
        size = self.matrix.shape[1] * self.matrix.itemsize
        rows = self.matrix.new_empty(len(distinct), self.matrix.shape[1])
        for first in range(0, len(distinct), _AT_ONCE):
            some = distinct[first : first + _AT_ONCE]  # in order, so that they lie close together
            torch.index_select(self.matrix, 0, some, out=rows[first : first + _AT_ONCE])
            self.file.give_back(self.start + int(some[0]) * size, self.start + (int(some[-1]) + 1) * size)
        return rows[places]


@dataclass(frozen=True, slots=True)
class WeightFiles(StaysInProcess):
    """The mapped files of a model's weights."""

    files: tuple[MappedFile, ...] = ()

    @classmethod
    def opened(cls, files: Iterable[Path]) -> tuple[WeightFiles, dict[str, nn.Parameter]]:
        """Safetensors files, and the weights in them by name, as they are stored and where they are mapped.

        Raises OSError and ValueError for a file that cannot be read.
        """
        weights: dict[str, nn.Parameter] = {}
        mapped = []
        for path in files:
            pages = _mapped(path)
            own = {name: nn.Parameter(there, requires_grad=False) for name, there in _tensors(pages).items()}
            mapped.append(MappedFile(pages, tuple((weight, weight._version) for weight in own.values())))
            weights |= own
        return cls(tuple(mapped)), weights

    @classmethod
    def adopt(cls, model: nn.Module, files: Iterable[Path]) -> WeightFiles:
        """Lets parameters of a model on a CPU that are in safetensors files as they are lie in mappings of our own.

        Parameters that were changed while they were loaded, such as to another type of numbers, stay as they are, and
        so do all of a file that cannot be read.  The model is not to be written to through `parameter.data`, as that
        leaves no trace: what was written that way would be lost.
        """
        parameters = {name: own for name, own in model.named_parameters() if own.device.type == "cpu"}
        if not GIVES_BACK:
            return cls()
        adopted = []
        for path in files:
            with suppress(OSError, ValueError):
                if (mapped := _adopted(path, parameters)).taken:
                    adopted.append(mapped)
        return cls(tuple(adopted))

    def give_back(self) -> None:
        """Gives all pages back; parameters may be read on."""
        for file in self.files:
            file.give_back()

    def rows_of(self, weight: Tensor) -> FileRows | None:
        """The rows of a parameter, a matrix; None where it does not lie in one of the files, or pages are not given
        back, so that its rows are as well looked up in it.
        """
        for file in self.files if GIVES_BACK else ():
            for taken, _ in file.taken:
                if taken is weight and weight.dim() == 2:
                    matrix = weight.detach()
                    start = matrix.data_ptr() - _bytes_of(file.pages).data_ptr()
                    return FileRows(matrix, file, start)
        return None


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        # writable and private, as loaded weights are: nothing ever reaches the file
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)


def _adopted(path: Path, parameters: Mapping[str, Tensor]) -> MappedFile:
    pages = _mapped(path)
    taken = []
    for name, there in _tensors(pages).items():
        own = parameters.get(name)
        if own is not None and _same(own.detach(), there):
            own.data = there
            taken.append((own, own._version))
    return MappedFile(pages, tuple(taken))


def _tensors(pages: mmap.mmap) -> dict[str, Tensor]:
    """The tensors of a file by name, without a copy; raises ValueError for a file that is not of the form."""
    length = int.from_bytes(pages[:_LENGTH_BYTES], "little")
    header = json.loads(pages[_LENGTH_BYTES : _LENGTH_BYTES + length])
    data = _bytes_of(pages)[_LENGTH_BYTES + length :]
    found = {}
    ends = [entry["data_offsets"][1] for entry in header.values() if "data_offsets" in entry]
    if max(ends, default=0) > len(data):
        raise ValueError(f"the file ends after {len(data)} of {max(ends)} bytes of weights")
    for name, entry in header.items():
        dtype = _TYPES.get(entry.get("dtype"))
        if dtype is None:  # also of the metadata
            continue
        begin, end = entry["data_offsets"]
        if prod(entry["shape"]) * dtype.itemsize != end - begin:
            raise ValueError(f"the weights {name!r} have {end - begin} bytes, and the shape {entry['shape']}")
        numbers = data[begin:end]
        if end > begin and numbers.data_ptr() % dtype.itemsize == 0:
            found[name] = numbers.view(dtype).view(entry["shape"])
    return found


def _bytes_of(pages: mmap.mmap) -> Tensor:
    return torch.frombuffer(pages, dtype=torch.uint8)


def _same(own: Tensor, there: Tensor) -> bool:
    """Whether two tensors are alike: in type and shape, vectors in all numbers, others in some rows."""
    if own.dtype != there.dtype or own.shape != there.shape:
        return False
    if own.dim() < 2:
        return torch.equal(_bits(own), _bits(there))
    some = [place * (len(own) - 1) // (_COMPARED - 1) for place in range(_COMPARED)]
    return all(torch.equal(_bits(own[row]), _bits(there[row])) for row in some)


def _bits(numbers: Tensor) -> Tensor:
    return numbers.contiguous().view(torch.uint8)
