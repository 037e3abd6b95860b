"""The command `completion`: prints what a shell needs to complete `cascade-ner` with the Tab key."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from cascade.commands.command_parser import command_parser
from cascade.commands.exit_status import exit_status
from cascade.errors import CascadeError
from data_formats.registry import formats

SHELLS = ("bash", "zsh", "tcsh")
_FILES = frozenset(("FILE", "INPUT", "IN", "OUT", "GOLD", "PREDICTED", "REPORT", "PAGE"))
_FOLDERS = frozenset(("FOLDER",))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    asked = parser().parse_args(arguments)
    return exit_status(lambda: print(script(asked.shell)))


def parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    made = command_parser(
        "cascade-ner completion",
        as_written=True,
        description="Prints what a shell needs to complete commands, options, formats and file names with the Tab key.",
        epilog='bash: eval "$(cascade-ner completion bash)" in ~/.bashrc\n'
        'zsh:  eval "$(cascade-ner completion zsh)" in ~/.zshrc, behind compinit\n'
        "tcsh: cascade-ner completion tcsh > ~/.cascade.tcsh, and source that file in ~/.tcshrc",
    )
    made.add_argument("shell", choices=SHELLS, help="the shell")
    return made


def script(shell: str) -> str:
    """The script that a shell reads; raises CascadeError where the package shtab is missing."""
    try:
        import shtab
    except ImportError as error:
        raise CascadeError("completion needs the package shtab; install it with pip install shtab") from error
    whole = whole_parser()
    _mark_files(whole, shtab.FILE, shtab.DIRECTORY)
    return str(shtab.complete(whole, shell=shell))


def whole_parser() -> argparse.ArgumentParser:
    """One parser with those of all commands that offer theirs (`parser`) below it."""
    from cascade.commands.console import COMMANDS, NAME

    whole = argparse.ArgumentParser(NAME)
    whole.add_argument("-V", "--version", action="store_true", help="show the version")
    below = whole.add_subparsers()
    for name, command in COMMANDS.items():
        offered = _parser_of(name, command.module)
        parents = [] if offered is None else [offered]
        below.add_parser(name, help=command.summary, description=command.summary, parents=parents, add_help=not parents)
    return whole


def _parser_of(name: str, module: str) -> argparse.ArgumentParser | None:
    """The parser that a command offers; None where it offers none, or lacks packages."""
    try:
        offered: Callable[[], argparse.ArgumentParser] | None = getattr(import_module(module), "parser", None)
        return None if offered is None else offered()
    except ImportError as error:
        print(f"note: {name} is completed by its name alone: {error}", file=sys.stderr)
        return None


def _mark_files(parser: argparse.ArgumentParser, file: object, folder: object) -> None:
    """Says of each option and argument, in all commands, whether it takes a file, a folder or a format."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                _mark_files(below, file, folder)
        elif action.metavar in _FILES:
            action.complete = file  # type: ignore[attr-defined]  # where shtab looks for it
        elif action.metavar in _FOLDERS:
            action.complete = folder  # type: ignore[attr-defined]  # likewise
        elif action.metavar == "FORMAT":
            action.choices = [each.name for each in formats()]


if __name__ == "__main__":
    sys.exit(main())
