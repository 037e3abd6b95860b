"""Writes a vocabulary in the form that sentencepiece reads, without the package protobuf.

Source of the form: `sentencepiece_model.proto` of sentencepiece 0.2, and the wire format of protocol buffers.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum

# in folders that we make: not called as any file that transformers looks for
VOCABULARY = "vocabulary.spm"


class Kind(IntEnum):
    """What a token is: ordinary, for what is unknown, never spelled by a text, matched before all others, or a byte."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    BYTE = 6


def serialized(tokens: Sequence[tuple[str, float, Kind]], *, unknown: int, begin: int, end: int, pad: int) -> bytes:
    """The model of a byte-pair encoding that keeps a text as it is, but for visible blanks; unknown characters become
    bytes.

    tokens: text, score and kind, in the order of their ids; of pairs of tokens, the one that makes the token of the
    highest score is merged first.  The others: ids of special tokens.
    """
    pieces = [
        _message(1, _text(1, token) + b"\x15" + struct.pack("<f", score) + _number(3, kind))
        for token, score, kind in tokens
    ]
    byte_pair = 2
    trainer = _number(3, byte_pair) + _number(4, len(pieces)) + _number(35, 1)  # model_type, vocab_size, byte_fallback
    for field, number in enumerate((unknown, begin, end, pad), start=40):
        trainer += _number(field, number) + _text(field + 5, tokens[number][0])  # its id, and how it is written
    # add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces
    normaliser = _text(1, "identity") + _number(3, 0) + _number(4, 0) + _number(5, 1)
    return b"".join(pieces) + _message(2, trainer) + _message(3, normaliser)


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode())
