"""Lists in the cells of tables, written as JSON or as Python writes them."""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections.abc import Mapping
from typing import Any

_OPENING = ("[", "(", "{")
_PASSED_OVER = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


def listed(cell: object) -> Any:
    """The list or object that a cell holds or spells, as JSON or as Python writes it; None if it is neither.

    Tuples become lists. Two texts with only blanks between them, as NumPy prints them, are no list: Python would read
    them as one.
    """
    if not isinstance(cell, str):
        return cell if isinstance(cell, list | Mapping) else None
    text = cell.strip()
    if not text.startswith(_OPENING):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = _literal(text)
    return value if isinstance(value, list | dict) else None


def _literal(text: str) -> Any:
    try:
        return None if _has_neighbours(text) else _with_lists(ast.literal_eval(text))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, tokenize.TokenError):
        return None


def _has_neighbours(text: str) -> bool:
    """Whether a text follows another without a comma between them."""
    before = None
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == before == tokenize.STRING:
            return True
        before = before if token.type in _PASSED_OVER else token.type
    return False


def _with_lists(value: Any) -> Any:
    """The value with lists in the place of tuples."""
    if isinstance(value, list | tuple):
        return [_with_lists(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _with_lists(each) for key, each in value.items()}
    return value
