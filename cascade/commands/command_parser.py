"""Parsers of commands: named as the command was called, coloured on terminals, mistakes told in one line."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from typing import Any, NoReturn

from cascade.errors import meant

_CALLED: ContextVar[str | None] = ContextVar("_CALLED", default=None)
_CHOICE = re.compile(r"invalid choice: '(?P<found>[^']*)' \(choose from (?P<known>.*)\)")
_UNKNOWN = "unrecognized arguments: "
_MISSING = "the following arguments are required: "
_STYLES = {"argparse.groups": "bold", "argparse.prog": "bold", "argparse.metavar": "green"}


@contextmanager
def called_as(name: str) -> Iterator[None]:
    """Inside this context, parsers call their command `name`, such as `cascade-ner infer`."""
    token = _CALLED.set(name)
    try:
        yield
    finally:
        _CALLED.reset(token)


class CommandParser(argparse.ArgumentParser):
    """A parser that tells a mistake in one line, with the option or choice that may be meant."""

    def __init__(self, name: str, *, called: str | None = None, as_written: bool = False, **settings: Any) -> None:
        plain = argparse.RawDescriptionHelpFormatter if as_written else argparse.HelpFormatter
        super().__init__(called or _CALLED.get() or name, formatter_class=plain, **settings)
        self._as_written = as_written
        self._given: list[str] = []

    def parse_known_intermixed_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's, which loses names behind `--` that look like options; all positional arguments are files."""
        given = self._given = list(sys.argv[1:] if args is None else args)
        if "--" in given:
            at = given.index("--")
            given[at:] = [f"./{name}" if name[:1] == "-" != name else name for name in given[at + 1 :]]
        return super().parse_known_intermixed_args(given, namespace)

    def error(self, message: str) -> NoReturn:
        """Prints the message and ends the program with status 2."""
        found = message.removeprefix(_UNKNOWN)
        wrong = _CHOICE.search(message)
        if wrong is not None:
            message += meant(wrong["found"], re.findall(r"'([^']*)'", wrong["known"]))
        if found != message and wrong is None:
            message = f"unknown option or argument {found!r}{self._meant(found)}; {self.prog} --help lists all"
        if message.startswith(_MISSING):
            message += self._taken()
        self.exit(2, f"{self.prog}: error: {message}\n")

    def _taken(self) -> str:
        """A remark on an option without a value that took the argument behind it."""
        for option, behind in pairwise(self._given):
            action = self._option_string_actions.get(option)
            if action is not None and action.nargs == "?" and not behind.startswith("-"):
                return f"; {option} took {behind!r} as its {action.metavar}: write {option} behind it"
        return ""

    def format_help(self) -> str:
        """The help, in colours where standard output takes them."""
        plain = self.formatter_class
        self.formatter_class = coloured_formatter(self._as_written) or plain
        try:
            return super().format_help()
        finally:
            self.formatter_class = plain

    def _meant(self, found: str) -> str:
        options = [each for each in self._option_string_actions if each.startswith("--")]
        wrong = next((word.partition("=")[0] for word in found.split() if word.startswith("-")), "")
        return meant(wrong, options)


def command_parser(name: str, *, as_written: bool = False, **settings: Any) -> CommandParser:
    """A parser of the command called `name` where nothing says that it was called otherwise.

    as_written: the line breaks of description and epilog stay. settings: as for `argparse.ArgumentParser`.
    """
    return CommandParser(name, as_written=as_written, **settings)


def coloured_formatter(as_written: bool) -> type[argparse.HelpFormatter] | None:
    """The class that formats help in colours; None where standard output takes none, or rich-argparse is missing."""
    from cascade.document.terminal import takes_colour  # only where help is shown

    if sys.stdout is None or not takes_colour(sys.stdout):
        return None
    try:
        import rich_argparse
        from rich.console import Console
    except ImportError:
        return None
    kind = rich_argparse.RawDescriptionRichHelpFormatter if as_written else rich_argparse.RichHelpFormatter
    # whether there are colours is known by now; the library would look again, at what it found when it was imported
    screen = Console(force_terminal=True, color_system="standard", no_color=False)
    settings = {
        "console": screen,
        "group_name_formatter": staticmethod(str),
        "help_markup": False,  # brackets in texts are brackets
        "text_markup": False,
        "styles": {**kind.styles, **_STYLES},
        "highlights": [*kind.highlights, r"(?P<args>\bcascade-ner [a-z]+\b)"],
    }
    return type("ColouredHelp", (kind,), settings)
