"""The command `adapters`: lists, shows, verifies and shares adapters; each of its own commands is a small file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

from cascade.commands.command_parser import CommandParser, command_parser
from cascade.commands.exit_status import exit_status


class Subcommand(NamedTuple):
    """A command below `adapters`: its module, with `add_options` and `run`, and a summary."""

    module: str
    summary: str


SUBCOMMANDS: dict[str, Subcommand] = {
    "list": Subcommand("cascade.commands.adapters_list", "all adapters, a line each"),
    "show": Subcommand("cascade.commands.adapters_show", "what the card of an adapter says: corpora, licences, scores"),
    "pack": Subcommand("cascade.commands.adapters_pack", "puts a pair into one file to share"),
    "add": Subcommand("cascade.commands.adapters_add", "adds a shared pair to your own, where --pair NAME finds it"),
    "sums": Subcommand("cascade.commands.adapters_sums", "lists the checksums of all files, for verify to compare"),
    "verify": Subcommand("cascade.commands.adapters_verify", "reads all files and compares their checksums"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one of the commands below `adapters`; returns its exit status."""
    asked = parser().parse_args(arguments)
    statuses: list[int] = []
    status = exit_status(lambda: statuses.append(import_module(SUBCOMMANDS[asked.subcommand].module).run(asked)))
    return status or statuses[0]


class _Below(CommandParser):
    """The parser of a command below `adapters`, whose name argparse gives."""

    def __init__(self, *, prog: str, **settings: Any) -> None:
        super().__init__(prog, called=prog, **settings)


def parser() -> argparse.ArgumentParser:
    """The parser of the command, with those of its own commands."""
    made = command_parser("cascade-ner adapters", description="Lists, shows, verifies and shares adapters.")
    below = made.add_subparsers(
        dest="subcommand",
        metavar="COMMAND",
        required=True,
        parser_class=_Below,
    )
    for name, subcommand in SUBCOMMANDS.items():
        own = below.add_parser(
            name, help=subcommand.summary, description=f"{subcommand.summary[0].upper()}{subcommand.summary[1:]}."
        )
        import_module(subcommand.module).add_options(own)
    return made


if __name__ == "__main__":
    sys.exit(main())
