"""UTF-8 files in and out: lines with their numbers, and outputs that appear only when they are complete."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO

from cascade.errors import FormatError

STANDARD_STREAM = "-"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Source:
    """A UTF-8 input by path; '-' is standard input.

    A regular file can be read any number of times.  Standard input and pipes are read as they come, once, unless `keep` is called first.
    Lines end at "\\n" only (a "\\r" before it is dropped), so that U+2028, U+0085 and the like stay inside texts; a byte order mark is dropped.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self.name = "<stdin>" if self.path == STANDARD_STREAM else self.path
        self._kept: list[bytes] = []
        self._stream: BinaryIO | None = None
        if self.path == STANDARD_STREAM:
            self._stream = sys.stdin.buffer
        elif not os.path.isfile(self.path):
            self._stream = self._open()

    def head(self, count: int) -> list[str]:
        """The first lines, decoded; they are not used up."""
        lines: list[str] = []
        for _, line in self.lines(keep=True):
            lines.append(line)
            if len(lines) == count:
                break
        return lines

    def keep(self) -> None:
        """Makes a stream readable any number of times, by holding it in memory."""
        if self._stream is not None:
            for _ in self._raw(keep=True):
                pass

    def lines(self, *, keep: bool = False) -> Iterator[tuple[int, str]]:
        """Numbered lines, from 1, without their ends."""
        offset = 0
        for number, raw in enumerate(self._raw(keep), start=1):
            if number == 1 and raw.startswith(BYTE_ORDER_MARK):
                raw, offset = raw[len(BYTE_ORDER_MARK) :], len(BYTE_ORDER_MARK)
            yield number, self._decoded(raw, number, offset).removesuffix("\n").removesuffix("\r")
            offset += len(raw)

    def text(self) -> str:
        """The whole text, with lines ending in "\\n"."""
        return "\n".join(line for _, line in self.lines())

    def _raw(self, keep: bool) -> Iterator[bytes]:
        try:
            if self._stream is None:
                with self._open() as file:
                    yield from file
                return
            yield from self._kept
            for line in self._stream:
                if keep:
                    self._kept.append(line)
                yield line
            if self.path != STANDARD_STREAM:
                self._stream.close()
                self._stream = io.BytesIO()
        except OSError as error:
            raise FormatError(f"{self.name}: cannot be read: {error.strerror}") from error

    def _open(self) -> BinaryIO:
        try:
            return open(self.path, "rb")
        except OSError as error:
            raise FormatError(f"{self.name}: cannot be read: {error.strerror}; expected a file, or - for standard input") from error

    def _decoded(self, raw: bytes, number: int, offset: int) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            hint = "it looks like UTF-16" if number == 1 and raw.startswith(UTF_16_MARKS) else "the text may be in an older encoding"
            raise FormatError(
                f"{self.name}:{number}: byte 0x{raw[error.start]:02x} at offset {offset + error.start} is not UTF-8; {hint}. Save the file as UTF-8"
            ) from error


@contextmanager
def open_output(path: str | os.PathLike[str]) -> Iterator[TextIO]:
    """A UTF-8 text stream to a file, with "\\n" as line end; '-' is standard output.

    A file is written beside its final place and renamed when the block ends well; when it does not, what was there before stays.  Pipes and
    devices are written directly.
    """
    name = os.fspath(path)
    if name == STANDARD_STREAM:
        yield from _written(sys.stdout.buffer, "<stdout>", close=False)
        return
    target = os.path.realpath(name)
    if os.path.exists(target) and not os.path.isfile(target):
        yield from _written(_opened_for_writing(target, name), name, close=True)
        return
    folder, file_name = os.path.split(target)
    partial = os.path.join(folder, f".{file_name}.{os.getpid()}.partial")
    try:
        yield from _written(_opened_for_writing(partial, name), name, close=True)
        os.replace(partial, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(partial)


def _written(binary: BinaryIO, name: str, *, close: bool) -> Iterator[TextIO]:
    stream = io.TextIOWrapper(binary, encoding="utf-8", newline="\n")
    try:
        yield stream
        stream.flush()
    except BrokenPipeError:
        raise  # the reader has seen enough, as in `... | head`; the command decides
    except OSError as error:
        raise FormatError(f"{name}: cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):  # a failed flush was reported above; closing would report it again
            if close:
                stream.close()
            else:
                stream.detach()


def _opened_for_writing(path: str, name: str) -> BinaryIO:
    try:
        return open(path, "wb")
    except OSError as error:
        raise FormatError(f"{name}: cannot be written: {error.strerror}") from error
