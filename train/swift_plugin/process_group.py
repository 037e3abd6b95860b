"""Leaves the process group of a training in several processes before Python ends."""

from __future__ import annotations

import atexit
import gc

import torch.distributed.nn  # noqa: F401 - its functions keep the group that is there when it is first imported
from torch import distributed


def leave_process_group() -> None:
    """Destroys the process group, and its threads with it, if this process is in one."""
    if distributed.is_available() and distributed.is_initialized():
        distributed.destroy_process_group()
        gc.collect()  # the trainer, whose objects refer to each other, holds it; its threads end when nothing does


def leave_at_exit() -> None:
    """Leaves the group when Python ends, other than by a signal.

    ms-swift leaves it to the end of the process, where gloo's threads may still run. One that lets go of its last
    tensor then waits for Python, which ends such threads up to version 3.13, and C++ aborts the process ("terminate
    called without an active exception"). The launcher then calls a finished training failed.
    """
    atexit.register(leave_process_group)
