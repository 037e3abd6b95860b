"""Runs one build of this project as users do: `infer.py` in its own process, timed and watched from outside."""

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

from benchmarks.process_memory import peak_resident_mb, private_mb
from cascade import CascadeError

_EVERY = 0.25  # seconds between two readings of a process' memory; each holds it up for some milliseconds
# as `infer.py --timing` prints it; its rate has one digit behind the point, too few for long documents
_RATE = re.compile(r"([\d,]+) documents in ([\d.,]+) s \(([\d.,]+) a second\)")
_FEW = 10.0  # documents a second
_TOLD = 500  # last characters of a failed process' output to show


@dataclass(frozen=True, slots=True)
class Build:
    """A checkout, the Python that runs it, and its name in tables."""

    name: str
    folder: Path
    python: str

    def command(self, *arguments: str | Path) -> list[str]:
        """The command line of this build's `infer.py`, to be run in its folder."""
        return [self.python, "infer.py", *map(str, arguments)]

    def version(self) -> str:
        """What git calls the checkout, with `-dirty` if files were changed; without git, the folder's name."""
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
    """The peak memory of a process in MB: resident, and the private part of it; None if the system does not tell."""

    resident_mb: float | None
    private_mb: float | None


def seconds_to_first_entity(build: Build, file: Path, options: Sequence[str]) -> float:
    """Wall-clock seconds from the start of the process to its first line of output, whose document has an entity.

    Raises CascadeError if it has none, and if the process fails.
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
    """Reads a file into `out`; returns the documents a second that the process reports, and its memory.

    Loading is left out of the rate. Raises CascadeError if the process fails or does not report its rate.
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
            process.kill()  # in case the user interrupts; a process that has ended is not affected
            process.wait()
        said = _check(build, process.returncode, messages)
    found = _RATE.search(said)
    if found is None:
        raise CascadeError(
            f"{build.name}: `infer.py --timing` said {said.strip()[-_TOLD:]!r}; expected how many documents a second "
            "it read"
        )
    documents, seconds, rate = (float(each.replace(",", "")) for each in found.groups())
    return documents / seconds if rate < _FEW and seconds else rate, memory


def _check(build: Build, status: int, messages: IO[str]) -> str:
    """The standard error of a process; raises CascadeError if it failed."""
    messages.seek(0)
    said = messages.read()
    if status:
        raise CascadeError(
            f"{build.name}: infer.py in {build.folder} ended with status {status}: {said.strip()[-_TOLD:]}"
        )
    return said


def _watched(process: subprocess.Popen[bytes]) -> Memory:
    """The peak memory of a process, measured until it ends."""
    resident: float | None = None
    private: float | None = None
    while process.poll() is None:
        resident = _larger(resident, peak_resident_mb(process.pid))
        private = _larger(private, private_mb(process.pid))
        time.sleep(_EVERY)
    return Memory(resident, private)


def _larger(one: float | None, other: float | None) -> float | None:
    return max((each for each in (one, other) if each is not None), default=None)
