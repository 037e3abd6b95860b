"""Writes files in one step: an interruption leaves the old file or the whole new one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """A temporary path beside `file`; it replaces `file` if the block succeeds and is removed otherwise."""
    target = file.resolve()  # so that a symbolic link stays one
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def write_whole(file: Path, text: str) -> None:
    """Writes a UTF-8 text file in one step; pipes and devices, which keep no content, are written directly."""
    if file.exists() and not file.is_file():
        file.write_text(text, encoding="utf-8")
        return
    with whole_file(file) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
