"""Command-line options with a new name: the old name still works for one version, and a note tells the new one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any


class _OldName(argparse.Action):
    """Does what the option with the new name does, after a note on standard error."""

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

    parser: a parser or a group of one.  settings: as for `add_argument`; `required` too.  An option that is given by
    both names is an error.
    """
    group = parser.add_mutually_exclusive_group(required=settings.pop("required", False))
    option = group.add_argument(name, **settings)
    group.add_argument(old, dest=option.dest, action=_OldName, renamed=option)
    return option


def renamed_note(old: str, new: str) -> str:
    """What a user is told who wrote an old name."""
    return f"note: {old} is now called {new}; the old name works in this version for the last time"
