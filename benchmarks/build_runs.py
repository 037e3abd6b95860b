"""One build of this project as its users run it: `infer.py` as a process of its own, timed and watched from outside."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cascade import CascadeError

_EVERY = 0.05  # seconds between two looks at a process' memory
_RATE = re.compile(r"documents in [\d.,]+ s \(([\d.,]+) a second\)")  # as `infer.py --timing` says it
_TOLD = 500  # characters of what a failed process said last


@dataclass(frozen=True, slots=True)
class Build:
    """A checkout, the Python that runs it, and what tables call it."""

    name: str
    folder: Path
    python: str

    def command(self, *arguments: str | Path) -> list[str]:
        """`infer.py` of this build, to be run in its folder."""
        return [self.python, "infer.py", *map(str, arguments)]

    def version(self) -> str:
        """What git calls the checkout, `-dirty` where files were changed; the folder's name where git knows none."""
        described = subprocess.run(
            ["git", "-C", str(self.folder), "describe", "--always", "--dirty", "--tags"],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return described.stdout.strip() or self.folder.name


@dataclass(frozen=True, slots=True)
class Memory:
    """The most that a process held, in MB: resident, and of that private to it; None where the system does not say."""

    resident_mb: float | None
    private_mb: float | None


def seconds_to_first_entity(build: Build, file: Path, options: Sequence[str]) -> float:
    """Wall-clock seconds from the start of the process to its first line of output, whose document has an entity.

    Raises CascadeError where it has none, and where the process fails.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as messages:
        started = time.monotonic()
        with subprocess.Popen(
            build.command(file, *options),
            cwd=build.folder,
            stdout=subprocess.PIPE,
            stderr=messages,
            text=True,
            encoding="utf-8",
        ) as process:
            line = process.stdout.readline() if process.stdout is not None else ""
            seconds = time.monotonic() - started
            process.communicate()
        _check(build, process.returncode, messages)
    if not line or not json.loads(line).get("entities"):
        raise CascadeError(
            f"{build.name}: found no entity in {file.read_text(encoding='utf-8').strip()!r}; expected one, as start-up "
            "is timed to it. Name another sentence with --first-sentence"
        )
    return seconds


def read_file(build: Build, file: Path, out: Path, options: Sequence[str]) -> tuple[float, Memory]:
    """Reads a file into `out`; documents a second, loading left out, as the process itself says, and its memory.

    Raises CascadeError where the process fails or does not say its rate.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as messages:
        process = subprocess.Popen(
            build.command(file, "-o", out, "--timing", *options),
            cwd=build.folder,
            stdout=subprocess.DEVNULL,
            stderr=messages,
        )
        try:
            memory = _watched(process)
        finally:
            process.kill()  # where the user interrupts; one that has ended is not harmed
            process.wait()
        said = _check(build, process.returncode, messages)
    found = _RATE.search(said)
    if found is None:
        raise CascadeError(
            f"{build.name}: `infer.py --timing` said {said.strip()[-_TOLD:]!r}; expected how many documents a second "
            "it read"
        )
    return float(found[1].replace(",", "")), memory


def _check(build: Build, status: int, messages: IO[str]) -> str:
    """What a process said on standard error; raises CascadeError where it failed."""
    messages.seek(0)
    said = messages.read()
    if status:
        raise CascadeError(
            f"{build.name}: infer.py in {build.folder} ended with status {status}: {said.strip()[-_TOLD:]}"
        )
    return said


def _watched(process: subprocess.Popen[bytes]) -> Memory:
    """Waits for a process to end and looks at its memory meanwhile."""
    resident: float | None = None
    private: float | None = None
    while process.poll() is None:
        folder = Path("/proc") / str(process.pid)
        resident = _larger(
            resident, _megabytes(folder / "status", ("VmHWM",))
        )  # the kernel's own mark: the most so far
        private = _larger(private, _megabytes(folder / "smaps_rollup", ("Private_Clean", "Private_Dirty")))
        time.sleep(_EVERY)
    return Memory(resident, private)


def _larger(one: float | None, other: float | None) -> float | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _megabytes(file: Path, names: Sequence[str]) -> float | None:
    """The sum of some entries of a file that the kernel writes; None where there is none, as of a process that has
    ended.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    found = [line.split() for line in lines if line.partition(":")[0] in names]
    return sum(int(kilobytes) for _, kilobytes, _ in found) / 1000 if found else None
