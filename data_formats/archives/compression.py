"""Compressed files: known by their first bytes when read and by their ending when written, and never held whole."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from cascade.errors import FormatError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_BLOCK = 1 << 14  # compressed bytes read at a time
_GZIP = 31  # zlib's number for a gzip header and checksum around the largest window


@dataclass(frozen=True, slots=True)
class Compression:
    """A way to compress: its name, the ending of its files, how they begin, its two kinds of objects, and what
    they raise for damaged data."""

    name: str
    ending: str
    beginning: re.Pattern[bytes]
    decompressor: Callable[[], Any]
    compressor: Callable[[], Any]
    fault: Callable[[], type[Exception]]


def _bz2() -> Any:
    import bz2  # only where it is used

    return bz2


def _lzma() -> Any:
    import lzma

    return lzma


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise FormatError(
            "zst files need the package zstandard; install it with pip install 'cascade-ner[files]', or use gz, bz2 or "
            "xz, which need none"
        ) from error
    return zstandard


COMPRESSIONS = (
    Compression(
        "gzip",
        ".gz",
        re.compile(rb"\x1f\x8b\x08"),
        lambda: zlib.decompressobj(_GZIP),
        lambda: zlib.compressobj(wbits=_GZIP),
        lambda: zlib.error,
    ),
    Compression(
        "bzip2",
        ".bz2",
        # of texts, one could begin with BZh9: what follows are the first digits of pi, or of its root in an empty file
        re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
        lambda: _bz2().BZ2Decompressor(),
        lambda: _bz2().BZ2Compressor(),
        lambda: OSError,
    ),
    Compression(
        "xz",
        ".xz",
        re.compile(rb"\xfd7zXZ\x00"),
        lambda: _lzma().LZMADecompressor(),
        lambda: _lzma().LZMACompressor(),
        lambda: _lzma().LZMAError,
    ),
    Compression(
        "zstandard",
        ".zst",
        re.compile(rb"\x28\xb5\x2f\xfd"),
        lambda: _zstandard().ZstdDecompressor().decompressobj(),
        lambda: _zstandard().ZstdCompressor().compressobj(),
        lambda: _zstandard().ZstdError,
    ),
)


def compression_of_name(name: str) -> Compression | None:
    """The compression that a file's ending names; None if it names none."""
    return next((each for each in COMPRESSIONS if name.lower().endswith(each.ending)), None)


def compression_of_bytes(first: bytes) -> Compression | None:
    """The compression that a file's first bytes show; None for a file that is not compressed."""
    return next((each for each in COMPRESSIONS if each.beginning.match(first)), None)


def without_compression(name: str) -> str:
    """A file's name without the ending of its compression: news.jsonl for news.jsonl.gz."""
    packed = compression_of_name(name)
    return name if packed is None else name[: -len(packed.ending)]


def is_packed(first: bytes) -> bool:
    """Whether a file with these first bytes is of no use if it is cut after a line."""
    return compression_of_bytes(first) is not None or first.startswith(b"PAR1")


class Decompressing(io.RawIOBase):
    """What a compressed stream holds, `first` being the bytes that were read from it before.

    Archives that follow each other are read as one, as gzip and its kin do. Reading raises FormatError where the data
    are damaged, end too early or are followed by something else, and where a package is missing.
    """

    def __init__(self, first: bytes, stream: BinaryIO, compression: Compression, name: str) -> None:
        self._waiting, self._stream = first, stream
        self._compression, self._name = compression, name
        self._object: Any = None
        self._out = b""

    def readable(self) -> bool:
        """True: this is a stream to read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fills a buffer from its beginning; returns how many bytes, 0 at the end."""
        target = memoryview(buffer).cast("B")
        while not self._out:
            self._waiting = self._waiting or self._stream.read(_BLOCK)
            if not self._waiting:
                if self._object is not None:
                    raise self._fault("the data end before the archive does")
                return 0
            self._step()
        count = min(len(target), len(self._out))
        target[:count] = self._out[:count]
        self._out = self._out[count:]
        return count

    def _step(self) -> None:
        """Decompresses the bytes that wait."""
        if self._object is None:
            self._waiting = self._waiting.lstrip(b"\0")  # archives may be filled up with zeros
            if not self._waiting:
                return
            try:
                self._object = self._compression.decompressor()
            except FormatError as error:
                raise FormatError(f"{self._name}: {error}") from error
        try:
            self._out = self._object.decompress(self._waiting)
        except self._compression.fault() as error:
            raise self._fault(str(error)) from error
        self._waiting = b""
        if self._object.eof:
            self._waiting, self._object = self._object.unused_data, None

    def _fault(self, found: str) -> FormatError:
        return FormatError(
            f"{self._name}: the {self._compression.name} archive is damaged or cut off: {found}; copy or compress the "
            "file again"
        )


class Compressing(io.BufferedIOBase):
    """A stream that writes to `binary` in compressed form; nothing is written before the first byte comes."""

    def __init__(self, binary: BinaryIO, compression: Compression) -> None:
        self._binary = binary
        self._object = compression.compressor()
        self._begun = self._ended = False

    def writable(self) -> bool:
        """True: this is a stream to write."""
        return True

    def write(self, data: ReadableBuffer) -> int:
        """Writes all the bytes; returns how many."""
        raw = bytes(data)
        if raw:
            self._begun = True
            self._binary.write(self._object.compress(raw))
        return len(raw)

    def end(self) -> None:
        """Ends the archive, also one without content."""
        if not self._ended:
            self._ended = True
            self._binary.write(self._object.flush())
            self._binary.flush()

    def close(self) -> None:
        """Ends the archive if anything was written to it."""
        if not self.closed:
            try:
                if self._begun:
                    self.end()
            finally:
                super().close()
                self._binary.close()
