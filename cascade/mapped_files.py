"""Weights that are mapped from files: the pages that were read of them count as this process' memory until they are given back."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

_MAPPING = re.compile(r"(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) \S+ \S+ \S+ (?P<inode>\d+)")
_WRITTEN = re.compile(r"Anonymous: +(?P<kilobytes>\d+) kB")  # pages of a private mapping that differ from the file
_DONT_NEED = 4  # MADV_DONTNEED on Linux


@dataclass(frozen=True, slots=True)
class MappedFiles:
    """Ranges of addresses that hold nothing but what the files behind them hold, so that their pages can be read again at any time."""

    ranges: tuple[range, ...] = ()

    @classmethod
    def of(cls, tensors: Iterable[Tensor], mappings: Path = Path("/proc/self/smaps")) -> MappedFiles:
        """The mapped files that hold some of the tensors and that nobody has written to; none where the system does not say."""
        if sys.platform != "linux":
            return cls()
        try:
            lines = mappings.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return cls()
        places = {tensor.data_ptr() for tensor in tensors if tensor.device.type == "cpu"}
        found: list[range] = []
        of_file: range | None = None
        for line in lines:
            if (mapping := _MAPPING.match(line)) is not None:
                addresses = range(int(mapping["start"], 16), int(mapping["end"], 16))
                of_file = addresses if int(mapping["inode"]) and any(place in addresses for place in places) else None
            elif of_file is not None and (written := _WRITTEN.match(line)) is not None and not int(written["kilobytes"]):
                found.append(of_file)
        return cls(tuple(found))

    def give_back(self) -> None:
        """Drops the pages; what is read again comes from the system's cache of the files."""
        for addresses in self.ranges:
            ctypes.CDLL(None).madvise(ctypes.c_void_p(addresses.start), ctypes.c_size_t(len(addresses)), _DONT_NEED)
