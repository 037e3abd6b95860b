"""Turns errors into exit statuses, in the same way for all commands."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable

from cascade.errors import CascadeError, in_one_line, not_written

FAILED = 2
INTERRUPTED = 130
TERMINATED = 143
FAILED_DOCUMENTS = 3
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_MOST_SHOWN = 200  # characters of a path


class Terminated(KeyboardInterrupt):
    """The system asks the command to end (SIGTERM)."""


def exit_status(work: Callable[[], int | None], *, interrupted: str = "interrupted") -> int:
    """Runs `work`; returns its own status or 0, 1 for a closed output pipe, 2 for an error, 130 if the user interrupts
    it, or 143 if the system asks it to end.

    An error is printed in one line, with its notes; so is what the system says of a file, such as a name that is too
    long. interrupted: printed for an interruption without notes. Characters
    that the terminal's encoding lacks are written as escapes: a table with names in any script must not end a job of
    hours.
    """
    if sys.stderr is None:  # it was closed: messages must not end up among the results
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = work() or 0
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where what goes wrong is told
        return status
    except CascadeError as error:
        notes = _notes(error)
        told = str(error).removesuffix(".") if notes else str(error)
        print(in_one_line("; ".join([f"error: {told}", *notes])), file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        _let_go_of_output()
        return 1
    except OSError as error:
        if error.errno in _NO_ROOM and error.filename is None:
            _let_go_of_output()
            print(in_one_line(f"error: output {not_written(error)}"), file=sys.stderr)
            return FAILED
        if error.filename is None:  # no file or folder that was asked for
            raise
        print(in_one_line(f"error: {_cut(os.fsdecode(error.filename))}: {error.strerror}"), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt as error:
        notes = _notes(error)
        print("; ".join(["interrupted", *notes]) if notes else interrupted, file=sys.stderr, flush=True)
        return TERMINATED if isinstance(error, Terminated) else INTERRUPTED


def _let_go_of_output() -> None:
    """What is still to be written to standard output goes nowhere; the interpreter would complain at exit."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _cut(path: str) -> str:
    return path if len(path) <= _MOST_SHOWN else f"{path[:_MOST_SHOWN]}..."


def _notes(error: BaseException) -> list[str]:
    notes: list[str] = getattr(error, "__notes__", [])
    return notes
