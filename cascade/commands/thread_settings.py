"""How many threads compute, and how long they wait busily, decided before torch is imported.

GNU OpenMP's threads look for new work 300,000 times before they sleep, so that they take the cores from whatever else
wants them: beside four busy processes on two cores 2.5 sentences a second are left of 40.  After 10,000 times it is
3.9, and idle a little more than the default; after 1,000 it is 7.2, and idle a tenth less (2 CPU cores, torch 2.13,
2026-11).
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

SPIN_COUNT = 10_000
_SET_BY_USERS = ("GOMP_", "OMP_", "KMP_", "MKL_")  # prefixes of variables by which users choose for themselves
_CGROUP = Path("/sys/fs/cgroup")


def share_cores(environment: MutableMapping[str, str] = os.environ) -> None:
    """Sets how long threads wait busily, and how many there are where a quota allows fewer than there are cores.

    Nothing is set where the user has set anything of the kind, nor once torch is imported, as it would not be read.
    """
    if "torch" in sys.modules or _is_chosen(environment):
        return
    environment["GOMP_SPINCOUNT"] = str(SPIN_COUNT)
    cores = usable_cores()
    if cores < (os.cpu_count() or 1):
        environment["OMP_NUM_THREADS"] = str(cores)


def usable_cores(cgroup: Path = _CGROUP) -> int:
    """The cores that this process may use: those that it may run on, as far as its container's quota goes, or 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def _is_chosen(environment: Mapping[str, str]) -> bool:
    return any(name.startswith(_SET_BY_USERS) for name in environment)


def _quota(cgroup: Path) -> float | None:
    """The cores' worth of time that the container has, by the files of version 2 or 1 of Linux' control groups."""
    try:
        if (file := cgroup / "cpu.max").is_file():
            most, period = file.read_text(encoding="ascii").split()
        else:
            most, period = (
                (cgroup / "cpu" / f"cpu.cfs_{name}_us").read_text(encoding="ascii").strip()
                for name in ("quota", "period")
            )
        return int(most) / int(period) if int(most) > 0 and int(period) > 0 else None
    except (OSError, ValueError):  # no container, or no quota: "max"
        return None
