"""Renamed command-line options: the old name works for one more version and prints a note with the new one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any


class _OldName(argparse.Action):
    """Prints a note on standard error, then does what the option with the new name does."""

    def __init__(self, option_strings: Sequence[str], dest: str, *, renamed: argparse.Action) -> None:
        super().__init__(
            option_strings,
            dest,
            nargs=renamed.nargs,
            default=renamed.default,
            choices=renamed.choices,
            help=argparse.SUPPRESS,
            metavar=renamed.metavar,
        )
        self.type = renamed.type
        self._renamed = renamed

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        print(renamed_note(self.option_strings[0], self._renamed.option_strings[0]), file=sys.stderr, flush=True)
        self._renamed(parser, namespace, values, option_string)


def add_renamed_option(parser: argparse._ActionsContainer, name: str, *, old: str, **settings: Any) -> argparse.Action:
    """Adds an option as `parser.add_argument` does, and its old name, which `--help` does not list; returns the option.

    parser: a parser or an argument group. settings: as for `add_argument`, including `required`. Giving the option by
    both names is an error.
    """
    group = parser.add_mutually_exclusive_group(required=settings.pop("required", False))
    option = group.add_argument(name, **settings)
    group.add_argument(old, dest=option.dest, action=_OldName, renamed=option)
    return option


def renamed_note(old: str, new: str) -> str:
    """The note for a user who wrote an old name."""
    return f"note: {old} is now called {new}; the old name works in this version for the last time"
