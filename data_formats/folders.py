"""Folders as outputs: like files, they appear only when they are complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from cascade.errors import FormatError, not_written
from data_formats.text_files import STANDARD_STREAM


def check_folder(path: str | os.PathLike[str]) -> None:
    """Raises FormatError for a name that is no new or empty folder; changes nothing."""
    name = os.fspath(path)
    if not name or name == STANDARD_STREAM:
        raise FormatError(f"{name!r} is no folder; this format has several files, so name a folder to write")
    target = os.path.realpath(name)
    if os.path.exists(target) and (not os.path.isdir(target) or os.listdir(target)):
        found = "is a folder with files in it" if os.path.isdir(target) else "is a file"
        raise FormatError(f"{name}: {found}; this format has several files, so name a new or an empty folder")


@contextmanager
def open_folder(path: str | os.PathLike[str]) -> Iterator[str]:
    """The path of a new folder to write into, which gets its name when the block succeeds.

    If it fails, what was written so far is kept in NAME.partial, and a note on the error says so. Raises FormatError
    for a folder that is not empty, because files of another job in it would look like ours.
    """
    check_folder(path)
    name = os.fspath(path)
    target = os.path.realpath(name)
    try:
        partial = _made(target)
    except OSError as error:
        raise FormatError(f"{name}: {not_written(error)}") from error
    try:
        yield partial
        if os.path.isdir(target):
            os.rmdir(target)
        os.rename(partial, target)
    except OSError as error:
        raise FormatError(f"{name}: {not_written(error)}; what was written before that is in {partial}") from error
    except BaseException as error:
        if os.listdir(partial):
            error.add_note(f"what was written before that is in {partial}")
        else:
            os.rmdir(partial)
        raise


def _made(target: str) -> str:
    for number in count(1):
        partial = f"{target}.partial" if number == 1 else f"{target}.partial-{number}"
        try:
            os.mkdir(partial)
        except FileExistsError:
            continue
        return partial
    raise AssertionError("count has no end")
