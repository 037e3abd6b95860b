"""Errors for documents of word processors that cannot be read."""

from __future__ import annotations

import lzma
import struct
import zlib

from cascade.errors import FormatError

# what damaged files raise in the packages that read them, beside the packages' own errors; lxml's are SyntaxErrors
DAMAGED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zlib.error,
)
_EXTRA = "pip install 'cascade-ner[documents]'"


def needed(package: str, kind: str, name: str) -> FormatError:
    """The error where the package that reads a kind of files is missing."""
    return FormatError(f"{name}: {kind} needs the package {package}; install it with {_EXTRA}")


def broken(name: str, kind: str, error: object) -> FormatError:
    """The error for a file that cannot be read as what its name says."""
    told = " ".join(str(error).split()) or type(error).__name__
    return FormatError(f"{name}: cannot be read as {kind}: {told[:200]}; expected a whole file. Save or fetch it again")
