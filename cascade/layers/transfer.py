"""What is sent to the device that computes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sent(values: Any, device: torch.device) -> Tensor:
    """Numbers, an array or nested lists, as a tensor on the device, which on a GPU is not waited for.

    A GPU takes what is not in pinned memory by a copy that is made before the call returns, so that the numbers may go
    at once (CUDA runtime, "API synchronization behavior"); other devices are not known to.
    """
    return torch.as_tensor(values).to(device, non_blocking=device.type == "cuda")
