"""Outputs that appear only when they are complete, compressed if their names say so."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count, takewhile
from typing import BinaryIO, Literal, TextIO, TypeVar, cast

from cascade.errors import FormatError, not_written
from data_formats.archives.compression import Compressing, compression_of_name, is_packed
from data_formats.text_files import STANDARD_STREAM

_MOST_LINKS = 40  # Linux follows as many symbolic links
_LONG_NAME = 200  # bytes of a file name above which the name of its partial file is cut: most systems allow 255
_BLOCK = 1 << 16

Result = TypeVar("Result")


@contextmanager
def open_output(path: str | os.PathLike[str]) -> Iterator[TextIO]:
    """A UTF-8 text stream to a file, with "\\n" as line end; '-' is standard output.

    A file is written beside its final place, as NAME.partial, and renamed when the block succeeds. If it fails, the
    earlier file stays, and what was written so far is kept up to the last whole line; a note on the error says where.
    Pipes, devices and files that are open already (/dev/stdout, /dev/fd/N) are written directly. Raises FormatError if
    the file cannot be written.

    A name that ends with .gz, .bz2, .xz or .zst is of a compressed file; an unfinished one is kept as a whole archive.
    """
    name = os.fspath(path)
    _check_named(name)
    if name == STANDARD_STREAM:
        yield from _written(sys.stdout.buffer, "<stdout>", close=False)
        return
    descriptor = _descriptor(name)
    if descriptor is not None:
        # a copy of the descriptor: opening the file anew would empty it, although `>> file` is to append
        yield from _written(_opened(lambda: os.fdopen(os.dup(descriptor), "wb"), name), name, close=True)
    elif os.path.exists(name) and not os.path.isfile(name):
        yield from _written(_opened(lambda: _binary(name, "wb"), name), name, close=True)
    else:
        yield from _replaced(os.path.realpath(name), name)


def check_output(path: str | os.PathLike[str]) -> None:
    """Raises FormatError if `open_output` could not write the file, before hours of work are lost; changes nothing."""
    name = os.fspath(path)
    _check_named(name)
    if os.path.isdir(name):
        raise FormatError(f"{name}: {not_written(IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))}")
    if name != STANDARD_STREAM and is_new_or_regular(name):
        file, partial = _opened_beside(os.path.realpath(name), name)
        file.close()
        os.unlink(partial)


def is_new_or_regular(path: str) -> bool:
    """Whether an output is a file that is replaced in one step, not a pipe, a device or a file that is open already."""
    return _descriptor(path) is None and (os.path.isfile(path) or not os.path.exists(path))


def _check_named(name: str) -> None:
    packed = compression_of_name(name)
    if packed is not None:
        packed.compressor()  # or the package that it needs would be missed only after the work
    if not name:
        raise FormatError("the output's name is empty; expected a file, or - for standard output")
    if name == STANDARD_STREAM and sys.stdout is None:  # standard output was closed when the command started
        raise FormatError("<stdout>: standard output is closed; name a file to write")


def _partials(target: str) -> Iterator[str]:
    """The possible paths of an unfinished file: NAME.partial, then NAME.partial-2 and so on."""
    folder, file_name = os.path.split(target)
    if len(os.fsencode(file_name)) > _LONG_NAME:
        file_name = file_name[:40]
    for number in count(1):
        yield os.path.join(folder, f"{file_name}.partial" if number == 1 else f"{file_name}.partial-{number}")


def _replaced(target: str, name: str) -> Iterator[TextIO]:
    """A stream to a new file that replaces `target` and keeps its permissions if the block succeeds."""
    file, partial = _opened_beside(target, name)
    whole = done = False
    try:
        yield from _written(file, name, close=True)
        whole = True
        put_in_place(partial, target, name)
        done = True
    finally:
        error = None if done else sys.exception()
        said = whole and isinstance(error, FormatError)  # the message says already where the file is
        if error is not None and not said and _kept(partial):
            error.add_note(_kept_note(target, partial))


def _kept(partial: str) -> bool:
    """Whether an unfinished file is kept: it is cut after its last whole line, and removed if it has none.

    Archives are kept whole.
    """
    with suppress(OSError):
        with open(partial, "rb+") as file:
            if is_packed(file.read(10)):
                return True
            end = file.seek(0, os.SEEK_END)
            while end:
                begin = max(0, end - _BLOCK)
                file.seek(begin)
                place = file.read(end - begin).rfind(b"\n")
                if place >= 0:
                    file.truncate(begin + place + 1)
                    return True
                end = begin
        os.unlink(partial)
    return False


def _kept_note(target: str, partial: str) -> str:
    """The note that says where unfinished work is, and how many earlier partial files lie beside it."""
    others = sum(1 for _ in takewhile(os.path.exists, _partials(target))) - 1
    beside = f", beside {others} earlier partial file{'s' if others > 1 else ''}" if others else ""
    return f"what was written before that is in {partial}{beside}"


def _opened_beside(target: str, name: str) -> tuple[BinaryIO, str]:
    """A new file beside `target`, with the permissions of `target` if that exists, and its path."""
    permissions = _opened(lambda: _permissions(target), name)
    file, partial = _opened(lambda: _first_new(_partials(target)), name)
    if permissions is not None:
        with suppress(OSError):  # some file systems have no permissions
            os.chmod(partial, permissions)
    return file, partial


def _first_new(paths: Iterator[str]) -> tuple[BinaryIO, str]:
    """The first path at which no file exists yet, with the file opened there."""
    for path in paths:
        with suppress(FileExistsError):
            return _binary(path, "xb"), path
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _permissions(path: str) -> int | None:
    """The permissions of a file; None if there is no file."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return None


def put_in_place(partial: str, target: str, name: str) -> None:
    """Renames the complete file to its target; if that is impossible, copies it there.

    A file that is a mount point of its own, for example, cannot be replaced.
    """
    try:
        try:
            os.replace(partial, target)
        except OSError:
            shutil.copyfile(partial, target)
            os.unlink(partial)
    except OSError as error:
        raise FormatError(f"{name}: {not_written(error)}; what was to be in it is in {partial}") from error


def _descriptor(path: str) -> int | None:
    """The number of the open file of this process that a path names, such as /dev/stdout, /dev/fd/N or a link to them.

    None for other paths.
    """
    folders = {os.path.realpath(folder) for folder in ("/dev/fd", "/proc/self/fd")}
    for _ in range(_MOST_LINKS):
        folder, last = os.path.split(os.path.abspath(path))
        if re.fullmatch("[0-9]{1,9}", last) and os.path.realpath(folder) in folders:
            return int(last)
        if not os.path.islink(path):
            break
        path = os.path.join(folder, os.readlink(path))
    return None


def _written(binary: BinaryIO, name: str, *, close: bool) -> Iterator[TextIO]:
    compression = compression_of_name(name)
    packed = None if compression is None else Compressing(binary, compression)
    stream = io.TextIOWrapper(binary if packed is None else cast(BinaryIO, packed), encoding="utf-8", newline="\n")
    try:
        yield stream
        stream.flush()
        if packed is not None:
            packed.end()
    except BrokenPipeError:
        raise  # the reader has stopped, as in `... | head`; the command handles it
    except OSError as error:
        raise FormatError(f"{name}: {not_written(error)}") from error
    finally:
        with suppress(OSError):  # a failed flush was reported above, and closing would report it again
            if close:
                stream.close()
            else:
                stream.detach()


def _binary(path: str, mode: Literal["wb", "xb"]) -> BinaryIO:
    return open(path, mode)


def _opened(step: Callable[[], Result], name: str) -> Result:
    """The result of a step in opening a file; an OSError becomes a FormatError."""
    try:
        return step()
    except OSError as error:
        raise FormatError(f"{name}: {not_written(error)}") from error
