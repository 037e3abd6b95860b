"""Sets the number of threads and how long they spin while waiting, before torch is imported.

GNU OpenMP's threads poll for new work 300,000 times before they sleep, and so take the cores from other processes.
Beside four busy processes on two cores, this leaves 2.5 sentences a second of 40. With 10,000 polls it is 3.9 (and a
little more than the default on an idle machine); with 1,000 it is 7.2 (and a tenth less on an idle machine). Measured
on 2 CPU cores with torch 2.13, 2026-11.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

SPIN_COUNT = 10_000
_SET_BY_USERS = ("GOMP_", "OMP_", "KMP_", "MKL_")  # prefixes of variables that users set to choose for themselves
_CGROUP = Path("/sys/fs/cgroup")


def share_cores(environment: MutableMapping[str, str] = os.environ) -> None:
    """Sets how long threads spin, and their number if a quota allows fewer than there are cores.

    Sets nothing if the user has set any such variable, or if torch is imported already, because it would not read them.
    """
    if "torch" in sys.modules or _is_chosen(environment):
        return
    environment["GOMP_SPINCOUNT"] = str(SPIN_COUNT)
    cores = usable_cores()
    if cores < (os.cpu_count() or 1):
        environment["OMP_NUM_THREADS"] = str(cores)


def usable_cores(cgroup: Path = _CGROUP) -> int:
    """The number of cores that this process may use, by CPU affinity and container quota; at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def _is_chosen(environment: Mapping[str, str]) -> bool:
    return any(name.startswith(_SET_BY_USERS) for name in environment)


def _quota(cgroup: Path) -> float | None:
    """The container's CPU quota in cores, from Linux control groups (version 2 or 1); None without a quota."""
    try:
        if (file := cgroup / "cpu.max").is_file():
            most, period = file.read_text(encoding="ascii").split()
        else:
            most, period = (
                (cgroup / "cpu" / f"cpu.cfs_{name}_us").read_text(encoding="ascii").strip()
                for name in ("quota", "period")
            )
        return int(most) / int(period) if int(most) > 0 and int(period) > 0 else None
    except (OSError, ValueError):  # no container, or no quota ("max")
        return None
