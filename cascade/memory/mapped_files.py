"""Weights that are mapped from files: the pages that were read of them count as this process' memory until they are
given back.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from cascade.concurrency.processes import StaysInProcess
from cascade.memory.mappings import LISTING, mapped_files

_DONT_NEED = 4  # MADV_DONTNEED on Linux


@dataclass(frozen=True, slots=True)
class MappedFiles(StaysInProcess):
    """The weights that lie in mapped files.

    They are held, so that no other memory takes their addresses.
    """

    weights: tuple[Tensor, ...] = ()

    @classmethod
    def of(cls, tensors: Iterable[Tensor], listing: Path = LISTING) -> MappedFiles:
        """Those of the tensors that lie in mapped files; none where the system does not say."""
        ranges = [mapping.addresses for mapping in mapped_files(listing)]
        on_cpu = [tensor.detach() for tensor in tensors if tensor.device.type == "cpu"]
        return cls(tuple(tensor for tensor in on_cpu if any(tensor.data_ptr() in addresses for addresses in ranges)))

    def give_back(self, listing: Path = LISTING) -> None:
        """Drops the pages of the files to which nothing was written since; what is read again comes from the system's
        cache of the files.
        """
        places = {tensor.data_ptr() for tensor in self.weights}
        for mapping in mapped_files(listing) if places else ():
            if not mapping.written and any(place in mapping.addresses for place in places):
                ctypes.CDLL(None).madvise(
                    ctypes.c_void_p(mapping.addresses.start), ctypes.c_size_t(len(mapping.addresses)), _DONT_NEED
                )
