"""Leaves the process group of a training in several processes before Python ends."""

from __future__ import annotations

import atexit

from torch import distributed


def leave_process_group() -> None:
    """Destroys the process group if this process is in one."""
    if distributed.is_available() and distributed.is_initialized():
        distributed.destroy_process_group()


def leave_at_exit() -> None:
    """Leaves the group when Python ends, other than by a signal.

    ms-swift leaves it to the end of the process, where gloo's threads may still run: then the process is aborted now
    and then ("terminate called without an active exception"), and the launcher calls a finished training failed.
    """
    atexit.register(leave_process_group)
