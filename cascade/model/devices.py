"""The device that a job runs on, checked before anything is loaded, and what is sent to it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from cascade.errors import BaseModelError


def usable_device(name: str | None) -> torch.device:
    """The device called `name`, a GPU where there is one by default; raises BaseModelError for one that cannot be
    computed on here.
    """
    asked = name if name is not None else "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(asked)
    except RuntimeError as error:
        raise _unusable(asked, "PyTorch knows none of that name") from error
    try:
        torch.zeros(
            1, device=device
        ).item()  # there and back: some devices, such as meta, take what they do not give back
    except (
        RuntimeError,
        AssertionError,
        ImportError,
    ) as error:  # the second from a PyTorch that was built without the device, the third without its package
        raise _unusable(asked, str(error).split("\n")[0].split(". ")[0].rstrip(".")) from error
    return device


def sent(values: Any, device: torch.device) -> Tensor:
    """Numbers, an array or nested lists, as a tensor on the device, which on a GPU is not waited for.

    A GPU takes what is not in pinned memory by a copy that is made before the call returns, so that the numbers may go
    at once (CUDA runtime, "API synchronization behavior"); other devices are not known to.
    """
    return torch.as_tensor(values).to(device, non_blocking=device.type == "cuda")


def devices_here() -> list[str]:
    """The names of the devices that this machine has and PyTorch can use."""
    found = torch.accelerator.current_accelerator(check_available=True)
    return (
        ["cpu"]
        if found is None
        else ["cpu", *(f"{found.type}:{number}" for number in range(torch.accelerator.device_count()))]
    )


def _unusable(asked: str, reason: str) -> BaseModelError:
    return BaseModelError(
        f"device {asked!r} cannot be used: {reason}. Name one of those that are here with --device: "
        f"{', '.join(devices_here())}"
    )
