"""The faults that `tests/faults_of_jobs.py` tries: how each strikes, and how it is put right."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forked_commands import facade, write_texts

from cascade import CascadeError
from cascade.adapters.card import WEIGHTS, shipped_adapters

if TYPE_CHECKING:
    from cascade import Cascade

_DOCUMENTS, _SHARD = 24, 4
_MOUNT = ("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs")
_PAIRS = ("multilingual/extractor", "multilingual/classifier", "de/extractor", "sv/extractor")


@dataclass(slots=True)
class Place:
    """A folder with a job's input and adapters; seen: the documents that the models were given so far."""

    folder: Path
    ner: Cascade | None
    adapters: Path
    disk: Path
    seen: list[str] = field(default_factory=list)

    @classmethod
    def made(cls, folder: Path, *, needs_model: bool, small_disk: bool = False) -> Place:
        """A new one, with a copy of some shipped adapters; the models are loaded if they are needed.

        small_disk: outputs are put on a disk of 256 kB; raises CascadeError where mounting one is not permitted.
        """
        adapters = folder / "adapters"
        for name in _PAIRS:
            shutil.copytree(shipped_adapters() / name, adapters / name)
        write_texts(folder / "texts.jsonl", _DOCUMENTS, 1, languages=("en", "de"))
        disk = folder / "disk"
        disk.mkdir()
        if small_disk and subprocess.run([*_MOUNT, str(disk)], capture_output=True).returncode:
            raise CascadeError("mounting a small disk (tmpfs) is not permitted here; leave this fault out with --only")
        ner = None
        if needs_model:
            _linked_cache(folder / "cache")
            from cascade.pipeline.facade import Cascade

            ner = Cascade.load(adapters=adapters, device="cpu", min_score=0.0)
        return cls(folder, ner, adapters, disk)

    def left(self) -> None:
        """Takes a small disk away."""
        if os.path.ismount(self.disk):
            subprocess.run(["umount", str(self.disk)], check=True, capture_output=True)

    def command(self, out: str) -> list[str]:
        """The command line of a job, whose output is `out`."""
        given = [str(self.folder / "texts.jsonl"), "-o", str(self.disk / out), "--min-score", "0"]
        return [*given, "--job", "--shard-size", str(_SHARD), "--adapters", str(self.adapters)]

    def at(self, number: int, strike: Callable[[], Any]) -> None:
        """Has something happen in this process when the models are given the `number`th document."""
        stream = facade().stream

        def struck(ner: object, documents: list[Any], *rest: object, **options: object) -> object:
            before = len(self.seen)
            self.seen.extend(document.id for document in documents)
            if before < number <= len(self.seen):
                strike()
            return stream(ner, documents, *rest, **options)

        facade().stream = struck


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: the exit statuses that are right, and how it strikes in the command's process.

    mend: puts right what is wrong, any number of times. same_bytes: whether the output has to be that of a job that
    nothing disturbed; where batches change it has to hold the same documents.
    """

    name: str
    statuses: tuple[int, ...]
    strike: Callable[[Place], Any] = lambda place: None
    mend: Callable[[Place], Any] = lambda place: None
    needs_model: bool = False
    small_disk: bool = False
    same_bytes: bool = True


def _german_weights(place: Place) -> Path:
    return place.adapters / "de" / "extractor" / WEIGHTS


def _copied_again(place: Place) -> None:
    shutil.copy2(shipped_adapters() / "de" / "extractor" / WEIGHTS, _german_weights(place))


def _truncated(place: Place) -> None:
    os.truncate(_german_weights(place), 1000)


def _file_limit() -> None:
    """No file may grow beyond 600 bytes: the system then answers as for a full disk, with another error."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))


def _fill(place: Place) -> None:
    """Fills the small disk to its last byte."""
    with open(place.disk / "ballast", "wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(512))


def _little_memory() -> None:
    """Leaves this process 8 MB of address space more than it has now (RLIMIT_AS)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + (8 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def _much_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _memory_short_for_a_while(place: Place) -> None:
    place.at(5, _little_memory)
    place.at(17, _much_memory)


def _moved_clock() -> None:
    """Time jumps back by ten years, and forward by twenty with the next look at the clock, and so on."""
    now, jumps = time.time, iter(range(1 << 30))
    year = 365 * 86_400.0
    time.time = lambda: now() + (10 * year if next(jumps) % 2 else -10 * year)


def _signal(number: int) -> Callable[[Place], None]:
    return lambda place: place.at(10, lambda: os.kill(os.getpid(), number))


def _removed_cache(place: Place) -> None:
    shutil.rmtree(place.folder / "cache")


def _linked_cache(folder: Path) -> None:
    """Has this process use a cache folder of its own, whose files are links to those of the one that there is."""
    from cascade.model.conversion_cache import cache_folder

    shutil.copytree(cache_folder(), folder, copy_function=_linked)
    os.environ["CASCADE_NER_CACHE"] = str(folder)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # of another file system
        shutil.copyfile(source, target)


FAULTS = (
    Fault("killed (kill -9)", (-9,), _signal(signal.SIGKILL)),
    Fault("SIGTERM", (143,), _signal(signal.SIGTERM)),
    Fault("SIGINT", (130,), _signal(signal.SIGINT)),
    Fault("clock moved by years", (0,), lambda place: _moved_clock()),
    Fault("no room for larger files (RLIMIT_FSIZE)", (2,), lambda place: place.at(10, _file_limit)),
    Fault(
        "disk full (tmpfs)",
        (2,),
        lambda place: place.at(10, lambda: _fill(place)),
        mend=lambda place: (place.disk / "ballast").unlink(missing_ok=True),
        small_disk=True,
    ),
    Fault(
        "adapter removed while the job runs",
        (2,),
        lambda place: place.at(10, lambda: _german_weights(place).unlink()),
        mend=_copied_again,
        needs_model=True,
    ),
    Fault(
        "adapter truncated while the job runs",
        (2,),
        lambda place: place.at(10, lambda: _truncated(place)),
        mend=_copied_again,
        needs_model=True,
    ),
    Fault("cache deleted", (0,), lambda place: place.at(10, lambda: _removed_cache(place)), needs_model=True),
    Fault(
        "memory short for a while (RLIMIT_AS)", (0, 2), _memory_short_for_a_while, needs_model=True, same_bytes=False
    ),
)
