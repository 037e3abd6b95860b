"""UTF-8 files to read: their numbered lines, decompressed where they are compressed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

from cascade.errors import FormatError
from data_formats.archives.binary_files import plain_lines

STANDARD_STREAM = "-"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MARK_CHARACTER = BYTE_ORDER_MARK.decode()  # a mark at the head of a file; inside a text an ordinary character
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LOOKED_AT, _FEWEST = 1000, 6  # bytes of the first line that tell UTF-16 without a mark
_FEW_ZEROS = 0.1  # Latin letters, with a few others among them
_T = TypeVar("_T")


class Source:
    """A UTF-8 input by its path; '-' is standard input.

    A regular file can be read any number of times. Standard input and pipes are read as they come, once, unless `keep`
    is called first. Lines end only at "\\n", and a "\\r" before it is dropped, so that U+2028, U+0085 and the like stay
    inside texts. A byte order mark is dropped. Compressed files are read as what they hold; files of Word, PDF and the
    like are refused.

    is_part: it is a part of a file, in whose format objects stand a line each. first, offset: number of its first line,
    from 1, and the bytes before it.
    """

    is_part, first, offset = False, 1, 0

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self.name = "<stdin>" if self.path == STANDARD_STREAM else self.path
        self._kept: list[bytes] = []
        self._file: BinaryIO | None = None  # of the latest reading
        self._open_files: list[BinaryIO] = []  # of readings that have not come to their ends
        self._read = 0  # bytes of a file that was read to its end
        self._stream: BinaryIO | None = None
        self._lines: Iterator[bytes] | None = None  # those of the stream that were not read yet
        if self.path == STANDARD_STREAM:
            if sys.stdin is None:  # standard input was closed when the command started
                raise FormatError("<stdin>: standard input is closed; name a file to read")
            self._stream = sys.stdin.buffer
        elif not os.path.isfile(self.path) and not os.path.isdir(self.path):
            self._stream = self._open()

    def head(self, count: int) -> list[str]:
        """The first lines, decoded; they can be read again."""
        lines: list[str] = []
        for _, line in self.lines(keep=True):
            lines.append(line)
            if len(lines) == count:
                break
        return lines

    def keep(self) -> None:
        """Makes a stream readable any number of times by holding it in memory."""
        if self._stream is not None:
            for _ in self._raw(keep=True):
                pass

    def lines(
        self, *, keep: bool = False, ends: bool = False, aside: Callable[[FormatError, int, str], None] | None = None
    ) -> Iterator[tuple[int, str]]:
        """The lines, without their ends unless `ends` is true, numbered from 1.

        aside: takes the error of a line that is not UTF-8, its number, and the line with escapes; otherwise it is
        raised.
        """
        offset = self.offset
        for number, raw in enumerate(self._raw(keep), start=self.first):
            if number == 1 and raw.startswith(BYTE_ORDER_MARK):
                raw, offset = raw[len(BYTE_ORDER_MARK) :], len(BYTE_ORDER_MARK)
            if number == 1 and not raw.startswith(UTF_16_MARKS) and _is_wide(raw):
                raise FormatError(
                    f"{self.name}:1: every other byte is 0, as in UTF-16 without a byte order mark; expected UTF-8. "
                    "Save the file as UTF-8"
                )
            try:
                line = self._decoded(raw, number, offset)
            except FormatError as error:
                if aside is None:
                    raise
                aside(error, number, raw.decode("utf-8", "backslashreplace").rstrip("\r\n"))
            else:
                yield number, line if ends else line.removesuffix("\n").removesuffix("\r")
            offset += len(raw)

    def text(self) -> str:
        """The whole text, with "\\n" between lines."""
        return "\n".join(line for _, line in self.lines())

    def content(self) -> bytes:
        """The whole file as it is."""
        return b"".join(self._raw(keep=False))

    def closing(self, found: Iterator[_T]) -> Iterator[_T]:
        """What is found in the file one after another, until an error, which closes the file."""
        with self.closed_on_errors():
            yield from found

    @contextmanager
    def closed_on_errors(self) -> Iterator[None]:
        """An error closes the file at once.

        Its traceback holds the readings that were under way, which would keep the file open for as long as someone
        holds the error.
        """
        try:
            yield
        except Exception:  # where a reading is left off, another one of the file may go on
            for file in self._open_files:
                file.close()
            raise

    @property
    def bytes_read(self) -> int | None:
        """How far the latest reading of a file has come, in bytes of the file; None for streams, and before it began.

        Formats that are read by their own packages are not seen here.
        """
        if self._file is None:
            return None
        return self._read if self._file.closed else self._file.tell()

    def _raw(self, keep: bool) -> Iterator[bytes]:
        try:
            if self._stream is None:
                with self._open() as file:
                    self._file, self._read = file, 0
                    self._open_files.append(file)
                    try:
                        yield from plain_lines(file, self.name, self.path)
                        self._read = file.tell()
                    finally:
                        self._open_files.remove(file)
                return
            yield from self._kept
            if self._lines is None:
                self._lines = plain_lines(self._stream, self.name)
            for line in self._lines:
                if keep:
                    self._kept.append(line)
                yield line
            if self.path != STANDARD_STREAM:
                self._stream.close()
        except OSError as error:
            raise FormatError(f"{self.name}: cannot be read: {error.strerror}") from error

    def _open(self) -> BinaryIO:
        try:
            return open(self.path, "rb")
        except ValueError as error:
            raise FormatError(f"{self.name!r}: is no path: {error}; expected the name of a file") from error
        except OSError as error:
            raise FormatError(
                f"{self.name}: cannot be read: {error.strerror}; expected a file, or - for standard input"
            ) from error

    def _decoded(self, raw: bytes, number: int, offset: int) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            hint = (
                "it looks like UTF-16"
                if number == 1 and raw.startswith(UTF_16_MARKS)
                else "the text may be in an older encoding"
            )
            raise FormatError(
                f"{self.name}:{number}: byte 0x{raw[error.start]:02x} at offset {offset + error.start} is not UTF-8; "
                f"{hint}. Save the file as UTF-8"
            ) from error


def _is_wide(raw: bytes) -> bool:
    """Whether bytes look like Latin letters in UTF-16: nearly every other one is 0, and hardly any between them."""
    beginning = raw[:_LOOKED_AT]
    if len(beginning) < _FEWEST:
        return False
    zeros = sorted(each.count(0) / len(each) for each in (beginning[::2], beginning[1::2]))
    return zeros[0] < _FEW_ZEROS and zeros[1] > 1 - _FEW_ZEROS


class PartOfLines(Source):
    """Some lines of a file, with their ends, read as the whole file would be.

    first, offset: number of the first line, from 1, and the bytes before it.
    """

    is_part = True

    def __init__(self, name: str, lines: Sequence[bytes], first: int, offset: int) -> None:
        self.path = self.name = name
        self.first, self.offset = first, offset
        self._part = lines
        self._open_files = []

    def _raw(self, keep: bool) -> Iterator[bytes]:
        return iter(self._part)
