"""An unexpected error in one line, for answers and for the log."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb

LONGEST_LINE = 300  # characters that are told of an error


def failure(error: BaseException) -> str:
    """The kind of an error and its message, in one line that is not too long."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_LINE]


def place_of(error: BaseException) -> str:
    """The file and the line that raised an error, such as `marks.py:12`."""
    frames = extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "no place is known"
