"""Errors that users can act on: each message says where, what was found, what was expected and what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

_MOST_SHOWN = 60  # characters of a value in a message
_LONGEST = 4000  # characters of a message
_ALIKE = 0.6  # least difflib ratio of a misspelt name: "--typs" and "--typse" reach it for "--types"
# what helps where a file cannot be written
_REMEDIES = {
    **dict.fromkeys((errno.EACCES, errno.EPERM), "see who may write there, or name another place"),
    errno.EROFS: "name another place",
    errno.ENOENT: "make its folder first",
    errno.ENOTDIR: "a part of its path is a file",
    errno.EISDIR: "name a file",
    errno.ENAMETOOLONG: "give it a shorter name",
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room, or name another place"),
    errno.EFBIG: "the file system or a limit allows no larger one, so name another place",
}


class CascadeError(Exception):
    """Base class of all errors that this project raises on purpose.

    A message is one line: what does not print, which names in a file may hold, is written as escapes. It is short
    enough to be read: names in a file may be as long as the file, so the middle of a very long message is left out.
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(*(_readable(each) if isinstance(each, str) else each for each in arguments))


def _readable(text: str) -> str:
    """The text in one line; of a very long one the beginning, which says where, and the end, which says what to do."""
    told = in_one_line(text)
    if len(told) <= _LONGEST:
        return told
    return f"{told[: _LONGEST * 2 // 3]} ... {told[-_LONGEST // 4 :]}"


def in_one_line(text: str) -> str:
    """The text with escapes, such as \\n, for what does not print: ends of lines, what steers a terminal."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def first_line(error: Exception) -> str:
    """The first line of another package's message, or, where it has none, the name of the error's class."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def not_written(error: OSError) -> str:
    """Why a file cannot be written, and what helps, if that is known: for a message, after the file's name."""
    remedy = _REMEDIES.get(error.errno or 0)
    return f"cannot be written: {error.strerror or error}" + (f"; {remedy}" if remedy else "")


def meant(found: str, known: Sequence[str]) -> str:
    """A remark for a message: the known word that `found` is close to; empty if there is none."""
    close = get_close_matches(found, known, n=1, cutoff=_ALIKE) if found else []
    return f" (did you mean {close[0]}?)" if close else ""


def shown(value: object) -> str:
    """The value as error messages show it, on one line and cut to a readable length.

    No more of it is looked at than is shown: what is read may be nested as deep as Python allows, or hold itself.
    """
    text = ""
    for part in _parts(value):
        text += part
        if len(text) > _MOST_SHOWN:
            return f"{text[: _MOST_SHOWN - 3]}..."
    return text


def _parts(value: object) -> Iterator[str]:
    """The representation of a value bit by bit; each level of lists, tuples and dicts begins with a bit of its own."""
    if type(value) is dict:
        yield "{"
        for place, (key, each) in enumerate(value.items()):
            yield ", " if place else ""
            yield from _parts(key)
            yield ": "
            yield from _parts(each)
        yield "}"
    elif type(value) is list or type(value) is tuple:
        yield "[" if type(value) is list else "("
        for place, each in enumerate(value):
            yield ", " if place else ""
            yield from _parts(each)
        yield "]" if type(value) is list else ",)" if len(value) == 1 else ")"
    else:
        yield repr(value)


class DocumentError(CascadeError):
    """A document or an entity breaks an invariant (offsets, text, types)."""


class TaxonomyError(CascadeError):
    """A taxonomy is empty, ambiguous or in an unknown form."""


class FormatError(CascadeError):
    """A file does not follow its format."""


class BaseModelError(CascadeError):
    """The base model cannot be found, converted or used."""


class AdapterError(CascadeError):
    """An adapter is missing or does not fit the base model, stage or prompt version."""


class ScoringError(CascadeError):
    """Gold and predicted documents cannot be compared."""


class ProcessError(CascadeError):
    """An object that belongs to one process is used in another, or passed to it, where it cannot work."""


class LanguageError(CascadeError):
    """The user names an unknown language."""


class IntegrationError(CascadeError):
    """A package that the cascade is to work with is missing, or is given what it cannot take."""


class RedactionError(CascadeError):
    """A document cannot be redacted exactly, so that nothing of it may be handed out."""
