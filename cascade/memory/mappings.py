"""The files that are mapped into this process' memory, as Linux lists them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BEGINS = re.compile(r"([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ (\d+) *(.*)")
_WRITTEN = ("Anonymous:", "Swap:")  # of a private mapping, the pages that no longer are the file's
LISTING = Path("/proc/self/smaps")


@dataclass(slots=True)
class Mapping:
    """A part of a file, from `offset` bytes on, at some addresses; written: whether some of it is no longer as the file
    has it.
    """

    addresses: range
    offset: int
    file: str
    written: bool = False


def mapped_files(listing: Path = LISTING) -> Iterator[Mapping]:
    """Each mapped file, from the system's list; none where there is no such list."""
    if sys.platform != "linux":
        return
    try:
        lines = listing.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    except OSError:
        return
    found: Mapping | None = None
    for line in lines:
        if (begins := _BEGINS.match(line)) is not None:
            if found is not None:
                yield found
            start, end, offset, inode, name = begins.groups()
            found = Mapping(range(int(start, 16), int(end, 16)), int(offset, 16), name) if int(inode) else None
        elif found is not None and line.startswith(_WRITTEN):
            found.written |= int(line.split()[1]) > 0
    if found is not None:
        yield found
