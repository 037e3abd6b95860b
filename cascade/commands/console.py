"""The console command `cascade-ner`: the same code as the scripts of a clone, and what these lack."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NamedTuple

from cascade.commands.command_parser import CommandParser, called_as, command_parser
from cascade.commands.exit_status import INTERRUPTED
from cascade.errors import meant
from cascade.pipeline.checks.outcome import VERSION

NAME = "cascade-ner"


class Command(NamedTuple):
    """A command: the module whose `main` takes the remaining arguments, its group in the help, and a summary."""

    module: str
    group: str
    summary: str


COMMANDS: dict[str, Command] = {
    "infer": Command("cascade.commands.infer", "find entities", "texts or a data set in, entities out"),
    "inspect": Command("cascade.commands.inspect_text", "find entities", "one text in, its entities in colours"),
    "fuse": Command(
        "cascade.commands.fuse", "find entities", "what was found several times in, what it says together out"
    ),
    "readings": Command(
        "cascade.commands.readings", "find entities", "texts in, read several times; all that is found out"
    ),
    "redact": Command("cascade.commands.redact", "find entities", "texts in, the same with personal data replaced out"),
    "serve": Command("cascade.commands.serve", "find entities", "a page in the browser, and an HTTP interface"),
    "evaluate": Command(
        "cascade.commands.evaluate", "measure and train", "gold and predicted documents in, a report out"
    ),
    "train": Command("cascade.commands.train", "measure and train", "labelled documents in, a pair of adapters out"),
    "convert": Command("cascade.commands.convert", "data and adapters", "one data format in, another out"),
    "adapters": Command("cascade.commands.adapters", "data and adapters", "lists, shows, verifies and shares adapters"),
    "doctor": Command("cascade.commands.doctor", "this installation", "checks what is installed and says what to do"),
    "completion": Command(
        "cascade.commands.completion", "this installation", "completes commands in bash, zsh and tcsh"
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the named command with the remaining arguments; returns its exit status.

    Returns 2 if there is no such command.
    """
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:  # while modules are imported; later on, commands tell it themselves
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def _run(given: list[str]) -> int:
    if given[:1] == ["help"]:
        given = [*given[1:2], "--help"]
    first = given[0] if given else ""
    if first in COMMANDS:
        with called_as(f"{NAME} {first}"):
            run: Callable[[Sequence[str]], int] = import_module(COMMANDS[first].module).main
            return run(given[1:])
    parser = console_parser()
    if first in ("-V", "--version"):
        print(f"{NAME} {VERSION}")
        return 0
    if first in ("-h", "--help"):
        parser.print_help()
        return 0
    if not given:
        parser.print_help(sys.stderr)
        return 2
    print(f"{NAME}: error: {_unknown(first)}; {NAME} --help lists all commands", file=sys.stderr)
    return 2


def console_parser() -> CommandParser:
    """The parser of `cascade-ner` itself, whose groups list the commands."""
    parser = command_parser(
        NAME,
        usage=f"{NAME} COMMAND ...",
        description="Named entity recognition for any list of types.",
        epilog=f"`{NAME} COMMAND --help` lists the options of a command.",
        add_help=False,
    )
    groups: dict[str, list[str]] = {}
    for name, command in COMMANDS.items():
        groups.setdefault(command.group, []).append(name)
    for title, names in groups.items():
        group = parser.add_argument_group(title)
        for name in names:
            group.add_argument(f"_{name}", metavar=name, help=COMMANDS[name].summary)
    others = parser.add_argument_group("options")
    others.add_argument("-h", "--help", action="store_true", help="show this help; of a command: COMMAND --help")
    others.add_argument("-V", "--version", action="store_true", help="show the version")
    return parser


def _unknown(first: str) -> str:
    """What is said of a word that is no command."""
    if first.startswith("-"):
        return f"options such as {first!r} stand behind a command, as in {NAME} infer {first}"
    found = f"there is no command {first!r}"
    if os.path.exists(first):
        return f"{found}; to find entities in this file, write {NAME} infer {first}"
    return found + meant(first.lower(), list(COMMANDS))
