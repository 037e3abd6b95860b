"""Files that are on the disk, whole, before anything says that they are there.

A file is written under another name, brought to the disk (fsync), renamed, and its folder is brought to the disk. After
a power cut there is then the old file or the whole new one, on any file system that keeps what fsync promises.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

UNFINISHED = ".new"  # behind the name of a file that is being written


@contextmanager
def durable_file(path: str) -> Iterator[BinaryIO]:
    """A binary file to write, which has its name, on the disk, when the block succeeds; otherwise an earlier one stays.

    An unfinished file is left where it is: its folder's owner removes it.
    """
    unfinished = path + UNFINISHED
    with open(unfinished, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    sync_folder(os.path.dirname(path))


def write_durably(path: str, content: bytes) -> None:
    """Writes a file in one step that survives a power cut."""
    with durable_file(path) as file:
        file.write(content)


def sync_file(path: str) -> None:
    """Brings a file that was written before to the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: str) -> None:
    """Brings a folder's list of names to the disk; has no effect where folders cannot be opened (Windows) or the file
    system does not know of it.
    """
    if os.name == "nt":
        return
    descriptor = os.open(path or ".", os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
