"""What measured figures depend on: the machine and the versions of what computes."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec


def machine() -> dict[str, str]:
    """What the figures depend on."""
    names = ("torch", "transformers", "peft", "tokenizers")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpu": cpu(),
    } | {name: version(name) for name in names if find_spec(name)}


def cpu() -> str:
    """The number of cores and the instructions that torch uses."""
    import torch

    return f"{os.cpu_count()} cores, {torch.backends.cpu.get_cpu_capability()}"
