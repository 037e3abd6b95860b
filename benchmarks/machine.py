"""The machine and library versions that measured figures depend on."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec


def machine() -> dict[str, str]:
    """The date, the Python and library versions, and the processor, by name."""
    names = ("torch", "transformers", "peft", "tokenizers")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpu": cpu(),
    } | {name: version(name) for name in names if find_spec(name)}


def cpu() -> str:
    """The number of cores and the instruction set that torch uses."""
    import torch

    return f"{os.cpu_count()} cores, {torch.backends.cpu.get_cpu_capability()}"
