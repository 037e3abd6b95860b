"""Command-line options for inputs that people have: tables, and plain text of one document a file."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cascade.document import Document
from cascade.errors import FormatError
from data_formats.read_options import OF_TABLES
from data_formats.registry import Input, opened
from data_formats.report import Report
from data_formats.several_inputs import documents_of_all, input_paths

_OWN = (*OF_TABLES, "whole_files")
_MOST_NAMED = 5  # inputs in an error message


def add_input_options(parser: argparse.ArgumentParser) -> None:
    """Adds --text-column, --id-column, --language-column and --whole-files to a command."""
    given = parser.add_argument_group("tables (CSV, TSV, Parquet, JSON lines of other keys) and plain text")
    given.add_argument(
        "--text-column", metavar="NAME", help="column or key of the texts; others are kept as fields (default: text)"
    )
    given.add_argument("--id-column", metavar="NAME", help="column of the documents' ids (default: called by line)")
    given.add_argument("--language-column", metavar="NAME", help="column of the documents' languages, such as de")
    given.add_argument(
        "--whole-files", action="store_true", default=None, help="plain text is one document a file, not one a line"
    )


def input_options(asked: argparse.Namespace) -> dict[str, Any]:
    """The options that were given, by the names that the readers use."""
    return {name: getattr(asked, name) for name in _OWN if getattr(asked, name) is not None}


def opened_inputs(
    asked: argparse.Namespace,
    format: str | None,
    report: Report,
    *,
    plain_stdin: bool = False,
    columns: bool = False,
) -> list[Input]:
    """All inputs that a command is given, each with its format; the options are those of `registry.opened`.

    Raises FormatError if one cannot be read, and for options that are for none of them.
    """
    options = input_options(asked)
    inputs: list[Input] = []
    faults: dict[str, FormatError] = {}
    own_job = f"{os.path.realpath(asked.output)}.job{os.sep}"  # shards of the job that goes on are no input
    paths = [path for path in input_paths(asked.input, report) if not os.path.realpath(path).startswith(own_job)]
    for path in paths:
        try:
            inputs.append(
                opened(
                    path,
                    format,
                    table=any(name in options for name in OF_TABLES),
                    whole="whole_files" in options,
                    plain_stdin=plain_stdin,
                    columns=columns,
                )
            )
        except FormatError as error:
            faults[path] = error
    if faults:
        raise _fault_of_all(faults, len(paths))
    refuse_unused_options(options, {each.format.name: each.format.read_options for each in inputs})
    return inputs


def refuse_unused_options(options: Mapping[str, Any], taken: Mapping[str, Sequence[str]]) -> None:
    """Raises FormatError for an option that is for none of the inputs; taken: the options of each format's reader."""
    for name in options:
        if not any(name in names for names in taken.values()):
            found = ", ".join(sorted(taken))
            kinds = "plain text" if name == "whole_files" else "tables"
            raise FormatError(f"--{name.replace('_', '-')} is for {kinds}; the input's format is {found}. Leave it out")


def _fault_of_all(faults: Mapping[str, FormatError], count: int) -> FormatError:
    """The error for inputs that cannot be read: the first one's, and what is known of the others."""
    first, *others = faults
    if count == 1:
        return faults[first]
    named = ", ".join(others[:_MOST_NAMED]) + (
        f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    )
    also = f", also {named}" if others else ""
    told = str(faults[first]).removesuffix(".")
    return FormatError(
        f"{told}. {len(faults)} of {count} inputs cannot be read{also}; nothing was read of the others. "
        "Repair them, or leave them out by naming the others or a pattern"
    )


def texts_of(
    inputs: Sequence[Input], asked: argparse.Namespace, report: Report, language: str | None
) -> list[Iterator[Document]]:
    """The documents of each input without their entities."""
    options = input_options(asked)
    return documents_of_all(
        [
            (each.source.name, each.texts(each.format.taken(options), report=report, language=language))
            for each in inputs
        ],
        report,
    )
