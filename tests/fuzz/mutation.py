"""Inputs made of others: seeded, cheap, and aware of the words, numbers and brackets that formats are made of."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_VALUE = re.compile(rb'"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?|true|false|null|\[\]|\{\}')
_MOST = 6000  # bytes of an input; longer ones are the business of `growth`
ODD = (
    b"0",
    b"-1",
    b"1",
    b"2",
    b"3",
    b"4294967296",
    b"9" * 20,
    b"9" * 4400,
    b"1e999",
    b"-1e999",
    b"NaN",
    b"-0.0",
    b"0.5",
    b"Infinity",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'""',
    b'"x"',
    b'"\\ud800"',
    b'"\\u0000"',
    b'"\\n"',
    b'"\xc2\x85"',
    b"[[]]",
    b'{"a":1}',
    b'{"start":0,"end":1,"type":"x"}',
    b"[0,1]",
    b'[0,1,"x"]',
    b"[" * 200,
    b"[" * 1200,
    b'{"a":' * 300,
    b'"' + b"x" * 300 + b'"',
    b"1.5",
    b'" "',
)
CHARACTERS = (
    "",
    "\0",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1e",
    "\x85",
    "\xa0",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\u200d",
    "\u200e",
    "\u202e",
    "\u0301",
    "İ",
    "ß",
    "ﬁ",
    "Ǆ",
    "😀",
    "👩‍👩‍👧",
    "🇩🇪",
    "漢",
    "ไ",
    "한",
    "\U0010ffff",
    "\ufffe",
    "٣",
    "²",
    "Ⅷ",
    "é",
    "e\u0301",
    "<",
    ">",
    "&",
    "|",
    ";",
    ",",
    "'",
    '"',
    "\\",
    "#",
    "##",
    "@@",
    "O",
    "B-",
    "I-x",
    "=",
)
_INSERTED = (*(character.encode() for character in CHARACTERS), b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x80", b"\x1f\x8b")


def mutated(chance: random.Random, pool: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """An input made of one or two of the pool by a few random changes."""
    data = bytearray(chance.choice(pool))
    for _ in range(1 if chance.random() < 0.5 else chance.randint(2, 7)):
        _change(data, chance, pool, words)
        if len(data) > _MOST:
            del data[_MOST:]
    return bytes(data)


def _change(data: bytearray, chance: random.Random, pool: Sequence[bytes], words: Sequence[bytes]) -> None:
    """Makes one change in place."""
    size = len(data)
    at = chance.randrange(size + 1)
    end = min(size, at + 1 + int(chance.expovariate(0.1)))
    kind = chance.randrange(12)
    if kind == 0:
        del data[at:end]
    elif kind == 1:
        data[at:at] = data[at:end] * chance.choice((1, 1, 2, 9, 40))
    elif kind == 2 and words:
        data[at:at] = chance.choice(words)
    elif kind == 3 and words:
        data[at:end] = chance.choice(words)
    elif kind == 4 and size:
        data[min(at, size - 1)] = chance.randrange(256)
    elif kind == 5:
        data[at:at] = chance.choice(_INSERTED)
    elif kind == 6:
        data[at:end] = chance.choice(_INSERTED)
    elif kind == 7:
        other = chance.choice(pool)
        start = chance.randrange(len(other) + 1)
        data[at:] = other[start:]
    elif kind == 8:
        other = chance.choice(pool)
        start = chance.randrange(len(other) + 1)
        data[at:at] = other[start : start + 60]
    elif kind == 9:
        del data[at:]
    else:
        _change_value(data, chance, words)


def _change_value(data: bytearray, chance: random.Random, words: Sequence[bytes]) -> None:
    """Puts something else in the place of a number, a text in quotes or another value."""
    found = [match.span() for match in _VALUE.finditer(data)]
    if not found:
        return
    start, end = chance.choice(found)
    if chance.random() < 0.3:
        first, last = chance.choice(found)
        data[start:end] = data[first:last]
    else:
        data[start:end] = chance.choice(words) if words and chance.random() < 0.3 else chance.choice(ODD)
