"""The outline of JSON by its first lines, which need not be whole: which keys there are, and what stands under them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

_MOST = 20_000  # tokens that are looked at: a list of tasks may be one line of many megabytes
_DEEPEST = 16  # values further down say nothing of the format; their paths would take time that grows with the square
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
ITEM = "[]"  # stands in a path for an item of a list
Path = tuple[str, ...]


@dataclass(slots=True)
class Outline:
    """The keys of the first object of a file, and at each path the first characters of the values there.

    A path is of keys, with [] for the items of a list; a list that holds all objects does not count. It needs no whole
    JSON, so that the first lines of a file are enough.
    """

    keys: set[str] = field(default_factory=set)
    values: dict[Path, set[str]] = field(default_factory=dict)

    def has(self, *path: str, begins: str) -> bool:
        """Whether all of these characters begin values at the path; 0 stands for any number."""
        return set(begins) <= self.values.get(path, set())


def outline(head: Sequence[str]) -> Outline:
    """The outline of JSON by its first lines; empty if they are none."""
    text = "\n".join(head)
    found = Outline()
    if not text.lstrip().startswith(("{", "[")):
        return found
    tokens = (match[0] for match in islice(_TOKEN.finditer(text), _MOST))
    stack: list[str | None] = []  # the key of the value that is open in each container; None for a list
    objects, key_is_due = 0, False
    for token in tokens:
        if token in ("]", "}"):
            if not stack:
                break
            stack.pop()
            key_is_due = False
            objects += not stack or stack == [None]
        elif token == ",":
            key_is_due = bool(stack) and stack[-1] is not None
        elif token == ":":
            key_is_due = False
        elif key_is_due and token.startswith('"'):
            stack[-1] = token[1:-1]
            if not objects and len(stack) <= 2 and len(_path(stack)) == 1:
                found.keys.add(token[1:-1])
        else:
            begins = "0" if re.match(r"-?[0-9]", token) else token[0]
            if len(stack) <= _DEEPEST and (path := _path(stack)):
                found.values.setdefault(path, set()).add(begins)
            if token in ("{", "["):
                stack.append("" if token == "{" else None)
                key_is_due = token == "{"
    return found


def _path(stack: Sequence[str | None]) -> Path:
    path = tuple(ITEM if key is None else key for key in stack)
    return path[1:] if path[:1] == (ITEM,) else path
