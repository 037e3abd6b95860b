"""Types of command-line options; argparse reports values that do not fit."""

from __future__ import annotations

import argparse
from math import inf
from pathlib import Path


def positive(text: str) -> int:
    """A whole number of 1 or more."""
    number = int(text) if text.strip().removeprefix("-").isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}; expected a whole number, 1 or more")
    return number


def natural(text: str) -> int:
    """A whole number of 0 or more."""
    if not text.strip().isdecimal():
        raise argparse.ArgumentTypeError(f"found {text!r}; expected a whole number, 0 or more")
    return int(text)


def whole_number(text: str) -> int:
    """A whole number, such as a seed."""
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"found {text!r}; expected a whole number") from error


def number(text: str) -> float:
    """A number; what it may be is said where it is used."""
    try:
        return float(text)
    except ValueError as error:
        point = ", with a point, such as 0.5" if "," in text else ", such as 0.5"
        raise argparse.ArgumentTypeError(f"found {text!r}; expected a number{point}") from error


def positive_number(text: str) -> float:
    """A number above 0, such as of minutes."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number < inf:
        raise argparse.ArgumentTypeError(f"found {text!r}; expected a number above 0")
    return number


def named_path(text: str) -> Path:
    """A file or folder; refuses an empty name, which would mean the current folder.

    A name can be empty by mistake, such as from a shell variable that is not set.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError(f"found {text!r}; expected the name of a file or folder")
    return Path(text)


def probability(text: str) -> float:
    """A number within 0..1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise argparse.ArgumentTypeError(f"found {text!r}; expected a probability within 0..1, such as 0.9")
    return number
