"""Marks by which a job knows its inputs again: size, time of change, and a checksum of the first and last bytes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256

from cascade.errors import FormatError

OF_JOBS = ".job"  # how the folders of jobs end
BLOCK = 1 << 16  # bytes at each end that are looked at; our choice


def input_marks(paths: Sequence[str]) -> dict[str, str]:
    """A mark for each file by its path; of a folder, such as one of brat's, one of all its files but those of jobs.

    Raises FormatError for what cannot be read again, such as standard input.
    """
    return {path: _mark(path) for path in paths}


def _mark(path: str) -> str:
    try:
        if os.path.isdir(path):
            files = sorted(
                os.path.join(folder, name)
                for folder, _, names in os.walk(path)
                for name in names
                if not folder.endswith(OF_JOBS)  # the output may be in the folder that is read
            )
            digest = sha256("\n".join(f"{os.path.relpath(file, path)}: {_mark(file)}" for file in files).encode())
            return f"{len(files)} files, checksum {digest.hexdigest()[:16]}"
        if not os.path.isfile(path):
            raise FormatError(
                f"{'<stdin>' if path == '-' else path}: cannot be read a second time, as a job that goes on has to; "
                "name a file, or leave --job out"
            )
        found = os.stat(path)
        with open(path, "rb") as file:
            digest = sha256(file.read(BLOCK))
            file.seek(max(0, found.st_size - BLOCK))
            digest.update(file.read(BLOCK))
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror}") from error
    return f"{found.st_size} bytes, changed at {found.st_mtime_ns} ns, checksum {digest.hexdigest()[:16]}"
