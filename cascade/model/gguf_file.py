"""GGUF, the file form of quantised models: metadata and tensors of a file, read with numpy alone.

The package `gguf` reads the same, and the tests compare with it.  It takes half a minute for a vocabulary of 262,144
tokens, as it makes an array of each, and brings four packages that fetch from the web (0.19, 2026-11).
Source of the form: "GGUF" in the documentation of ggml, and the structs of its quantised blocks.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_VERSIONS = (2, 3)  # 1 counts in 32 bits
_ALIGNMENT = 32  # of tensors, where the file names no other
_NUMBERS = {0: "u1", 1: "i1", 2: "u2", 3: "i2", 4: "u4", 5: "i4", 6: "f4", 7: "?", 10: "u8", 11: "i8", 12: "f8"}
_STRING, _ARRAY = 8, 9
_VALUES_AT_ONCE = 1 << 20  # widened: 4 MB, which stays in the processor's cache


class Kind(NamedTuple):
    """How numbers are stored: blocks of `values` numbers in `size` bytes.

    widen: makes numbers (blocks, values) of bytes (blocks, size).
    """

    name: str
    values: int
    size: int
    widen: Callable[[Bytes], Floats]


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of a file; shape: rows first, as in PyTorch; offset: in bytes from the start of the file."""

    name: str
    shape: tuple[int, ...]
    kind: Kind
    offset: int

    @property
    def blocks(self) -> int:
        """How many blocks it is stored in."""
        return math.prod(self.shape) // self.kind.values


class GgufFile:
    """An open GGUF file: `metadata` by name and `tensors` by name, in the file's order.

    Raises ValueError for a file that is not whole, or of no known version.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        if (magic := self._bytes(4)) != b"GGUF":
            raise ValueError(f"begins with {magic!r}; expected a GGUF file")
        version, tensors, entries = *self._numbers("u4", 1), *self._numbers("u8", 2)
        if version not in _VERSIONS:
            raise ValueError(f"GGUF version {version}; expected one of {_VERSIONS}")
        self.metadata: dict[str, Any] = {}
        for _ in range(entries):
            name = self._string()
            self.metadata[name] = self._value(*self._numbers("u4", 1))
        described = [self._description() for _ in range(tensors)]
        alignment = self.metadata.get("general.alignment", _ALIGNMENT)
        if not isinstance(alignment, int) or alignment < 1:
            raise ValueError(f"tensors are aligned to {alignment!r} bytes; expected a count of them")
        start = -(-file.tell() // alignment) * alignment
        self.tensors = {
            name: self._tensor(name, shape, code, start + offset) for name, shape, code, offset in described
        }

    def blocks(self, tensor: Tensor) -> Iterator[Floats]:
        """The numbers of a tensor in fp32, (blocks, values) some at a time."""
        kind = tensor.kind
        step = max(1, _VALUES_AT_ONCE // kind.values)
        for first in range(0, tensor.blocks, step):
            self._file.seek(tensor.offset + first * kind.size)
            blocks = min(step, tensor.blocks - first)
            yield kind.widen(np.frombuffer(self._bytes(blocks * kind.size), np.uint8).reshape(blocks, kind.size))

    def _bytes(self, count: int) -> bytes:
        if count > self._size - self._file.tell() or len(read := self._file.read(count)) != count:
            raise ValueError(f"ends after {self._size:,} bytes; expected a whole GGUF file")
        return read

    def _numbers(self, code: str, count: int) -> list[Any]:
        dtype = np.dtype(code).newbyteorder("<")
        numbers: list[Any] = np.frombuffer(self._bytes(count * dtype.itemsize), dtype).tolist()
        return numbers

    def _string(self) -> str:
        (length,) = struct.unpack("<Q", self._bytes(8))
        return self._bytes(length).decode("utf-8")

    def _value(self, code: int) -> Any:
        if code == _STRING:
            return self._string()
        if code == _ARRAY:
            (of,), (length,) = self._numbers("u4", 1), self._numbers("u8", 1)
            return [self._string() for _ in range(length)] if of == _STRING else self._numbers(_number_code(of), length)
        return self._numbers(_number_code(code), 1)[0]

    def _description(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._string()
        (dimensions,) = self._numbers("u4", 1)
        shape = tuple(reversed(self._numbers("u8", dimensions)))
        return name, shape, *self._numbers("u4", 1), *self._numbers("u8", 1)

    def _tensor(self, name: str, shape: tuple[int, ...], code: int, offset: int) -> Tensor:
        kind = KINDS.get(code)
        if kind is None:
            known = ", ".join(f"{each.name} ({number})" for number, each in KINDS.items())
            raise ValueError(f"tensor {name!r} is stored in form {code}; expected one of {known}")
        tensor = Tensor(name, shape, kind, offset)
        if not shape or shape[-1] % kind.values or offset + tensor.blocks * kind.size > self._size:
            raise ValueError(
                f"tensor {name!r} of shape {shape} in {kind.name} does not fit a file of {self._size:,} bytes; "
                "expected a whole GGUF file"
            )
        return tensor


def _number_code(code: int) -> str:
    if code not in _NUMBERS:
        raise ValueError(f"a metadata value is of kind {code}; expected one of {', '.join(map(str, _NUMBERS))}")
    return _NUMBERS[code]


def to_bf16(values: Floats) -> NDArray[np.uint16]:
    """The bits of numbers rounded to the nearest bf16, to the even one of two equally near.

    Not for NaN, which does not occur in weights.
    """
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + (((bits >> 16) & 1) + np.uint32(0x7FFF))) >> 16).astype(np.uint16)


def _half(blocks: Bytes, start: int) -> Floats:
    """The 16-bit number at a place of each block, (blocks, 1)."""
    return np.ascontiguousarray(blocks[:, start : start + 2]).view("<f2").astype(np.float32)


def _f32(blocks: Bytes) -> Floats:
    return blocks.view("<f4").astype(np.float32)


def _f16(blocks: Bytes) -> Floats:
    return blocks.view("<f2").astype(np.float32)


def _bf16(blocks: Bytes) -> Floats:
    return (blocks.view("<u2").astype(np.uint32) << 16).view(np.float32)


def _q8_0(blocks: Bytes) -> Floats:
    """A scale and 32 signed bytes."""
    numbers: Floats = _half(blocks, 0) * blocks[:, 2:].view(np.int8).astype(np.float32)
    return numbers


def _q5_0(blocks: Bytes) -> Floats:
    """A scale, 32 fifth bits, and 16 bytes with the first 16 numbers in their lower halves, the others in the upper.

    16 stands for 0.
    """
    fifth = np.unpackbits(np.ascontiguousarray(blocks[:, 2:6]), axis=1, bitorder="little")
    low = np.concatenate([blocks[:, 6:] & 15, blocks[:, 6:] >> 4], axis=1)
    numbers: Floats = _half(blocks, 0) * ((low | (fifth << 4)).astype(np.float32) - 16)
    return numbers


def _q4_k(blocks: Bytes) -> Floats:
    """256 numbers of 4 bits: scale x factor x number - other scale x offset, a factor and an offset for each 32.

    Factors and offsets have 6 bits.  The first four of each lie in the lower 6 bits of 8 bytes; of the other four, the
    lower 4 bits lie in 4 bytes more and the upper 2 bits above the first four.
    """
    count = len(blocks)
    first, second, rest = blocks[:, 4:8], blocks[:, 8:12], blocks[:, 12:16]
    factors = np.concatenate([first & 63, (rest & 15) | ((first >> 6) << 4)], axis=1)
    offsets = np.concatenate([second & 63, (rest >> 4) | ((second >> 6) << 4)], axis=1)
    packed = blocks[:, 16:].reshape(count, 4, 32)
    numbers = np.stack([packed & 15, packed >> 4], axis=2).reshape(count, 8, 32).astype(np.float32)
    scaled = (_half(blocks, 0) * factors.astype(np.float32))[:, :, None] * numbers
    return (scaled - (_half(blocks, 2) * offsets.astype(np.float32))[:, :, None]).reshape(count, 256)


def _q6_k(blocks: Bytes) -> Floats:
    """256 numbers of 6 bits, a scale and a factor of 8 bits for each 16 numbers; 32 stands for 0.

    Of each 128 numbers, 64 bytes hold the lower 4 bits and 32 bytes the upper 2.
    """
    count = len(blocks)
    low, high = blocks[:, :128].reshape(count, 2, 2, 32), blocks[:, 128:192].reshape(count, 2, 1, 32)
    lower = np.concatenate([low & 15, low >> 4], axis=2)
    upper = (high >> np.array([0, 2, 4, 6], np.uint8)[:, None]) & 3
    numbers = ((lower | (upper << 4)).astype(np.float32) - 32).reshape(count, 16, 16)
    factors = blocks[:, 192:208].view(np.int8).astype(np.float32)
    scaled: Floats = (_half(blocks, 208) * factors)[:, :, None] * numbers
    return scaled.reshape(count, 256)


KINDS = {
    0: Kind("F32", 1, 4, _f32),
    1: Kind("F16", 1, 2, _f16),
    6: Kind("Q5_0", 32, 22, _q5_0),
    8: Kind("Q8_0", 32, 34, _q8_0),
    12: Kind("Q4_K", 256, 144, _q4_k),
    14: Kind("Q6_K", 256, 210, _q6_k),
    30: Kind("BF16", 1, 2, _bf16),
}
