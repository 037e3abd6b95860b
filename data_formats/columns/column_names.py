"""Columns as users name them: by number from 1, from the end, or by the name in a header."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cascade.errors import FormatError


def column_asked(what: str, asked: str | int, width: int, names: Sequence[str]) -> int:
    """The column, from 0, that a number or a name stands for, whether it is there or not; what: token or label.

    Raises FormatError for what is neither.
    """
    text = str(asked).strip()
    named = [column for column, name in enumerate(names) if name.casefold() == text.casefold()]
    if named:
        return named[0]
    if re.fullmatch(r"-?[0-9]{1,4}", text):
        return int(text) - 1 if int(text) > 0 else width + int(text) if int(text) else -1
    expected = "column numbers from 1 (negative: from the end) with commas between, all or none"
    if what == "token":
        expected = "a column number from 1 (negative: from the end)"
    also = f", or a name of the header: {', '.join(names)}" if names else ""
    raise FormatError(f"{what} column {str(asked)!r} is no number; expected {expected}{also}")
