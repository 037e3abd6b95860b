"""The console command `cascade-ner`: the same code as the scripts of a clone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from cascade.commands import convert as convert_command
from cascade.commands import evaluate as evaluate_command
from cascade.commands import infer as infer_command
from cascade.commands import redact as redact_command

COMMANDS: dict[str, tuple[Callable[[Sequence[str]], int], str]] = {
    "infer": (infer_command.main, "texts or a data set in, entities out"),
    "evaluate": (evaluate_command.main, "gold and predicted documents in, a report out"),
    "redact": (redact_command.main, "texts in, the same with personal data replaced out"),
    "convert": (convert_command.main, "one data format in, another out"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the named command with the remaining arguments; returns its exit status.

    Returns 2 if there is no such command.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in COMMANDS:
        return COMMANDS[given[0]][0](given[1:])
    asked_for_help = bool(given) and given[0] in ("-h", "--help")
    lines = ["usage: cascade-ner COMMAND ...", *(f"  {name:<9} {summary}" for name, (_, summary) in COMMANDS.items())]
    print("\n".join(lines), file=sys.stdout if asked_for_help else sys.stderr)
    return 0 if asked_for_help else 2
