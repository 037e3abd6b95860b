"""Processes: what a forked one can still compute, and values that stay in the process that made them.

Threads of OpenMP do not survive a fork: a child of a process that has computed waits for them forever at its first
large product, and where it computes in a further thread it may crash (GNU OpenMP, torch 2.13, seen 2026-11).  On one
thread it computes, with the same result.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn, Self

from cascade.errors import ProcessError

_REMEDY = (
    'Start processes with multiprocessing.get_context("spawn"), to which a Cascade made by Cascade.load can be handed, '
    "or call Cascade.load in the process that reads"
)


@dataclass(slots=True)
class _Here:
    """What this process has done: computed something, forked from one that had, forked while another thread was
    reading.
    """

    computed: bool = False
    forked: bool = False
    forked_amid: bool = False
    reading: set[int] = field(default_factory=set)  # threads


_here = _Here()


def computes() -> None:
    """Notes that this process computes by torch from now on."""
    _here.computed = True


@contextmanager
def reading() -> Iterator[None]:
    """While it is open, this thread reads.

    Raises ProcessError in a process that was forked while another thread was reading, whose locks nobody there frees.
    """
    if _here.forked_amid:
        raise ProcessError(
            f"this process was forked while a thread was reading; expected a fork while none is. {_REMEDY}"
        )
    if _here.forked:
        _on_one_thread()  # again, as the user may have asked for more
    thread = threading.get_ident()
    outermost = thread not in _here.reading
    _here.reading.add(thread)
    try:
        yield
    finally:
        if outermost:
            _here.reading.discard(thread)


def check_made_here(made_in: int, device: str) -> None:
    """Raises ProcessError for a model of another process, `made_in`, that cannot be used in this one."""
    if made_in != os.getpid() and (device != "cpu" or sys.platform == "darwin"):
        where = f"on device {device!r}" if device != "cpu" else "on macOS, whose libraries do not bear it,"
        raise ProcessError(
            f"the model was loaded {where} before this process was forked; expected one of this process. {_REMEDY}"
        )


def _on_one_thread() -> None:
    import torch

    if torch.get_num_threads() > 1:
        torch.set_num_threads(1)


def _in_child() -> None:
    _here.forked_amid |= bool(_here.reading - {threading.get_ident()})
    _here.reading.clear()
    if _here.computed:
        _here.forked = True
        _on_one_thread()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_in_child)


class StaysInProcess:
    """A value that holds memory, files or a device of this process: copies are the value itself, and it cannot be
    pickled.

    Raises ProcessError where it is pickled, as another process would find other things under the same numbers.
    """

    __slots__ = ()
    _holds: ClassVar[str] = "weights in the memory of this process"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise ProcessError(
            f"{type(self).__name__} cannot be pickled: it holds {self._holds}. Pickle the Cascade that Cascade.load "
            "made, "
            f"which is loaded again where it arrives, or load in the process that reads"
        )
