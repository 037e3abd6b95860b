"""The device that a job runs on, checked before anything is loaded."""

from __future__ import annotations

import torch

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
