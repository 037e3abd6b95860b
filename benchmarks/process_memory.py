"""The memory of a process, as Linux tells it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cascade import CascadeError


def resident_mb(process: int) -> float:
    """The memory of a process that is in use, in MB; raises CascadeError where the kernel does not tell it."""
    found = megabytes(Path(f"/proc/{process}/status"), ("VmRSS",))
    if found is None:
        raise CascadeError(f"process {process} does not tell its memory; expected one that runs, on Linux")
    return found


def peak_resident_mb(process: int) -> float | None:
    """The kernel's own peak of a process's memory, in MB; None after the process has ended."""
    return megabytes(Path(f"/proc/{process}/status"), ("VmHWM",))


def private_mb(process: int) -> float | None:
    """The memory that a process shares with none, in MB; None after the process has ended."""
    return megabytes(Path(f"/proc/{process}/smaps_rollup"), ("Private_Clean", "Private_Dirty"))


def megabytes(file: Path, names: Sequence[str]) -> float | None:
    """The sum of some entries of a kernel file, in thousands of its kB, which are of 1,024 bytes.

    None if there is no file or no such entry.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    found = [line.split() for line in lines if line.partition(":")[0] in names]
    return sum(int(kilobytes) for _, kilobytes, _ in found) / 1000 if found else None
