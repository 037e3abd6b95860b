"""Runs inputs through a surface within bounds of time and memory, and keeps what breaks a promise."""

from __future__ import annotations

import contextlib
import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import FrameType

from fuzz.surface import Surface

SLOWEST = 10.0  # seconds of processor time of one input
MOST_MEMORY = 1 << 28  # bytes that one input may add to what is held
_CLEAR_REFS = Path("/proc/self/clear_refs")
_ROOM = 1 << 31  # bytes that `limit_memory` leaves, so that what asks for more fails at once


class TooSlow(BaseException):
    """An input took more than SLOWEST; no Exception, so that nothing on the way takes it for an error of its own."""


@dataclass
class Finds:
    """What was found at a surface: one input for each kind of fault, by a name of the fault."""

    surface: str
    folder: Path | None = None
    inputs: int = 0
    accepted: int = 0
    seconds: float = 0.0
    by_fault: dict[str, bytes] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)

    def add(self, error: BaseException, data: bytes) -> None:
        """Keeps the input if its fault is new, or shorter than the one that is there."""
        name = fault_of(error)
        known = self.by_fault.get(name)
        if known is not None and len(known) <= len(data):
            return
        self.by_fault[name] = data
        self.told[name] = "".join(traceback.format_exception(error, limit=-8))[-3000:]
        if self.folder is not None:
            stem = self.folder / f"{self.surface}-{sha256(name.encode()).hexdigest()[:10]}"
            stem.with_suffix(".input").write_bytes(data)
            stem.with_suffix(".txt").write_text(f"{name}\n{self.told[name]}", encoding="utf-8", errors="replace")


def fault_of(error: BaseException) -> str:
    """A name for a fault: its class and the places in the project that it came through last."""
    places = [
        f"{Path(frame.filename).name}:{frame.name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "/tests/fuzz/" not in frame.filename
        and "site" not in frame.filename
        and "/lib/python3" not in frame.filename
    ]
    detail = str(error).split("(")[0][:40] if type(error).__name__ == "BrokenPromise" else ""
    return f"{type(error).__name__} {detail} {' < '.join(reversed(places[-2:]))}"


def tried(surface: Surface, data: bytes, finds: Finds) -> None:
    """Runs one input; what it raises is added to the finds."""
    finds.inputs += 1
    before = time.process_time()
    try:
        with _within_memory(len(data)), _within_time():
            finds.accepted += surface.check(data)
    except (Exception, TooSlow) as error:
        finds.add(error, data)
    finds.seconds += time.process_time() - before


@contextmanager
def _within_memory(length: int) -> Iterator[None]:
    """Raises MemoryError where more than MOST_MEMORY was added inside, also if it was given back since.

    The kernel keeps the most that a process held. Where a sandbox does not let a process set that value back, the
    most of its whole life says nothing of one input: there the address space is limited, and the request itself fails.
    """
    if not _forget_peak():
        with _limited_address_space(MOST_MEMORY):
            yield
        return
    held = _peak()
    yield
    grown = _peak() - held
    if grown > MOST_MEMORY:
        raise MemoryError(f"{grown:,} bytes more for an input of {length:,}")


def _forget_peak() -> bool:
    """Sets the peak back to what is held now; whether that took effect."""
    with contextlib.suppress(OSError):
        _CLEAR_REFS.write_text("5", encoding="ascii")
    return _peak() - _held(1) <= MOST_MEMORY // 8


def _peak() -> int:
    """The most bytes of memory that the process held since its peak was forgotten, else in its life."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _held(column: int) -> int:
    """Bytes of address space (column 0) or of memory (column 1) that the process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[column]) * resource.getpagesize()


@contextmanager
def _limited_address_space(room: int) -> Iterator[None]:
    """Lets the process map only so many bytes more while inside."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _held(0) + room
    resource.setrlimit(resource.RLIMIT_AS, (most if soft == resource.RLIM_INFINITY else min(soft, most), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def _within_time() -> Iterator[None]:
    """Raises TooSlow inside, where the processor works longer than it may; waiting does not count."""

    def stop(_: int, __: FrameType | None) -> None:
        raise TooSlow(f"more than {SLOWEST} s of processor time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SLOWEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def limit_memory() -> None:
    """Lets the process hold 2 GiB more than it has now, so that what asks for more fails at once."""
    resource.setrlimit(resource.RLIMIT_AS, (_held(0) + _ROOM, resource.RLIM_INFINITY))


def quiet() -> None:
    """Sends what surfaces print to nowhere; the counts go to the stream that was standard output."""
    sys.stderr = sys.__stderr__
