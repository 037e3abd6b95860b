"""Weights that are mapped from files: the pages that were read of them count as this process' memory until they are given back."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ (\d+)")
_WRITTEN = ("Anonymous:", "Swap:")  # of a private mapping, the pages that no longer are the file's
_DONT_NEED = 4  # MADV_DONTNEED on Linux
MAPPINGS = Path("/proc/self/smaps")


@dataclass(frozen=True, slots=True)
class MappedFiles:
    """The weights that lie in mapped files.

    They are held, so that no other memory takes their addresses.
    """

    weights: tuple[Tensor, ...] = ()

    @classmethod
    def of(cls, tensors: Iterable[Tensor], mappings: Path = MAPPINGS) -> MappedFiles:
        """Those of the tensors that lie in mapped files; none where the system does not say."""
        ranges = list(_mapped_files(mappings))
        on_cpu = [tensor.detach() for tensor in tensors if tensor.device.type == "cpu"]
        return cls(tuple(tensor for tensor in on_cpu if any(tensor.data_ptr() in addresses for addresses, _ in ranges)))

    def give_back(self, mappings: Path = MAPPINGS) -> None:
        """Drops the pages of the files to which nothing was written since; what is read again comes from the system's cache of the files."""
        places = {tensor.data_ptr() for tensor in self.weights}
        for addresses, written in _mapped_files(mappings) if places else ():
            if not written and any(place in addresses for place in places):
                ctypes.CDLL(None).madvise(ctypes.c_void_p(addresses.start), ctypes.c_size_t(len(addresses)), _DONT_NEED)


def _mapped_files(mappings: Path) -> Iterator[tuple[range, bool]]:
    """The addresses of each mapped file, and whether something was written there."""
    if sys.platform != "linux":
        return
    try:
        lines = mappings.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return
    addresses: range | None = None
    written = False
    for line in lines:
        if (start := _MAPPING.match(line)) is not None:
            if addresses is not None:
                yield addresses, written
            addresses, written = (range(int(start[1], 16), int(start[2], 16)) if int(start[3]) else None), False
        elif line.startswith(_WRITTEN):
            written |= int(line.split()[1]) > 0
    if addresses is not None:
        yield addresses, written
