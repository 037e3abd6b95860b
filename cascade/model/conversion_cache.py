"""Where converted base models are kept, and how each of them is converted once."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from cascade.errors import BaseModelError, first_line

LAYOUT = 3  # raise when the contents of converted folders change
SUMS = "SHA256SUMS"
_BLOCK = 1 << 20
_SCRATCH, _LOCK = ".converting-", "lock"


def cache_folder() -> Path:
    """Where converted models are kept: $CASCADE_NER_CACHE, or `cascade-ner` in the user's cache folder."""
    named = os.environ.get("CASCADE_NER_CACHE")
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "cascade-ner"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cascade-ner"


def converted_folder(name: str, checksum: str) -> Path:
    """Where the conversion of a GGUF file of that sha256 is kept; `name` is for its users to recognise it."""
    return cache_folder() / f"{name}-bf16-{checksum[:16]}-v{LAYOUT}"


def converted(
    target: Path, gguf_in: Callable[[Path], Path], *, what: str, origin: str, remedy: str, report: Callable[[str], None]
) -> Path:
    """The folder `target` with a GGUF file in Hugging Face form; it appears by one rename: what exists is whole.

    gguf_in: gives the file, and may put it into the folder that it is called with, which is removed afterwards.  what,
    origin, remedy: what errors call the model, what is noted in the folder, and what to do where it cannot be
    converted.  Raises BaseModelError where it cannot, and where the disk is full.
    """
    try:
        from cascade.model.gguf_conversion import convert

        target.parent.mkdir(parents=True, exist_ok=True)
        remove_left_over(target.parent)
        with (
            tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=target.parent) as scratch,
            open(Path(scratch) / f"new-{_LOCK}", "wb") as lock,
        ):
            if _is_free(lock):  # and held from now on: nobody sees it before
                os.rename(lock.name, Path(scratch) / _LOCK)
            made = Path(scratch) / "converted"
            convert(gguf_in(Path(scratch)), made, report=report)
            (made / "SOURCE").write_text(f"{origin}\n", encoding="utf-8")
            _write_sums(made)
            with suppress(FileExistsError, OSError):  # another process may have been first: its folder is as good
                made.rename(target)
    except (ImportError, ValueError) as error:
        raise BaseModelError(f"cannot convert {what}: {first_line(error)}. {remedy}") from error
    except OSError as error:
        raise BaseModelError(
            f"cannot write the converted base model to {target}: {error}. "
            "Free some space or set CASCADE_NER_CACHE to another folder"
        ) from error
    if not target.is_dir():
        raise BaseModelError(f"the converted base model did not arrive at {target}; remove what is there and run again")
    return target


def remove_left_over(cache: Path) -> None:
    """Removes what conversions left that were killed, where systems have locks: folders whose lock nobody holds."""
    for folder in cache.glob(f"{_SCRATCH}*"):
        with suppress(OSError), open(folder / _LOCK, "rb") as lock:  # without one, a conversion has just begun
            if _is_free(lock):
                shutil.rmtree(folder, ignore_errors=True)


def _is_free(lock: BinaryIO) -> bool:
    """Whether nobody holds the lock, which this process then does until it closes the file; False where systems have
    no such locks.
    """
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def changed_files(folder: Path) -> list[str] | None:
    """The files of a converted folder that are not as they were written, by their checksums; None where it has none."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    listed = [line.partition("  ")[::2] for line in lines]
    return [name for digest, name in listed if not (folder / name).is_file() or _digest(folder / name) != digest]


def _write_sums(folder: Path) -> None:
    """Writes the checksums of all files of a folder into it, in the form of `sha256sum`."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    (folder / SUMS).write_text("".join(f"{_digest(file)}  {file.name}\n" for file in files), encoding="utf-8")


def _digest(file: Path) -> str:
    digest = sha256()
    with file.open("rb") as source:
        while block := source.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def checksum_of(file: Path) -> str:
    """The sha256 of a file in hexadecimal digits; kept in the cache folder for as long as its size and time of change
    stay the same, because reading a gigabyte takes seconds.

    Raises OSError where it cannot be read.
    """
    place, seen = str(file.resolve()), file.stat()
    known = {"file": place, "size": seen.st_size, "changed_ns": seen.st_mtime_ns}
    note = cache_folder() / "checksums" / f"{sha256(place.encode()).hexdigest()[:16]}.json"
    with suppress(OSError, ValueError, AttributeError):  # what is not there or damaged is made anew
        kept = json.loads(note.read_text(encoding="utf-8"))
        if {name: kept.get(name) for name in known} == known:
            return str(kept["sha256"])
    digest = _digest(file)
    with suppress(OSError):  # a cache that cannot be written is told by the conversion
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(known | {"sha256": digest}, indent=2) + "\n", encoding="utf-8")
    return digest
