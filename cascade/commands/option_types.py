"""What values of command-line options may be, said by argparse where they are not."""

from __future__ import annotations

import argparse
from pathlib import Path


def positive(text: str) -> int:
    """A whole number of 1 or more."""
    number = int(text) if text.strip().removeprefix("-").isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}; expected a whole number, 1 or more")
    return number


def named_path(text: str) -> Path:
    """A file or folder; not an empty name, as of a variable that is not set: it would be the folder that one is in."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"found {text!r}; expected the name of a file or folder")
    return Path(text)
