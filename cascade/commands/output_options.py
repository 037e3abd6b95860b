"""Where results go and in which format: by an option, or as the output's name ends."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from cascade.errors import FormatError, meant
from data_formats.archives.compression import without_compression
from data_formats.folders import check_folder
from data_formats.format_list import Format
from data_formats.output_files import check_output
from data_formats.registry import Input, formats
from data_formats.text_files import STANDARD_STREAM

Paths = Iterable[str | os.PathLike[str] | None]

# Formats that a name's ending chooses. Of the others, .json and .txt were always JSON lines here, and .tsv is of tables
# as well as of columns: --to names them.
BY_NAME = ("html", "spans-csv", "parquet", "conll", "conllu", "spacy", "pubtator", "cas-xmi")
_OF_OTHERS = (".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".ods", ".zip")
_NOT_BY_NAME = (".tsv",)
_OF_JSON_LINES = (".jsonl", ".json", ".ndjson", ".txt")  # or have been for long
WITHOUT_LOSS = ("jsonl", "html", "terminal")  # or made to be looked at, so that nothing is told of what they lack


def chosen_format(output: str, asked: str | None) -> Format:
    """The format of results: the one that is asked for, or as the output's name ends, or JSON lines.

    Raises FormatError for a name that is no format that can be written.
    """
    able = {each.name: each for each in formats() if each.write is not None}
    if asked is not None:
        if asked not in able:
            close = meant(asked.lower(), list(able))
            raise FormatError(f"--to: {asked!r} is no format that can be written{close}; expected {', '.join(able)}")
        return able[asked]
    refuse_other_programs(output)
    name = without_compression(output).lower()
    by_name = (
        able[each] for each in BY_NAME if name.endswith(able[each].extensions) and not name.endswith(_NOT_BY_NAME)
    )
    return next(by_name, able["jsonl"])


def ending_note(output: str, asked: str | None) -> str | None:
    """A note that a file is of JSON lines although its name ends otherwise; None if there is nothing to tell."""
    if asked is not None or chosen_format(output, asked).name != "jsonl":
        return None
    note = json_lines_note(output)
    return None if note is None else f"{note}; --to names one"


def json_lines_note(output: str) -> str | None:
    """A note that the file gets JSON lines, for one whose name ends otherwise."""
    ending = _ending(output)
    if output == STANDARD_STREAM or not ending or ending in _OF_JSON_LINES:
        return None
    return f"note: {output}: {ending} chooses no format, so JSON lines are written"


def _ending(output: str) -> str:
    return os.path.splitext(without_compression(output))[1].lower()


def refuse_other_programs(output: str) -> None:
    """Raises FormatError for a name that only other programs' files have: JSON lines in it would open nowhere."""
    ending = _ending(output)
    if ending in _OF_OTHERS:
        raise FormatError(
            f"{output}: no results are written as {ending}; expected a name that ends with .csv (for spreadsheets), "
            ".html (to look at) or .jsonl, among others"
        )


def check_destination(output: str, asked: str | None) -> None:
    """Raises FormatError if the results could not be written, before hours of work are lost; changes nothing."""
    if chosen_format(output, asked).in_folder:
        check_folder(output)
    else:
        check_output(output)


def refuse_input_as_output(output: str, inputs: Sequence[Input]) -> None:
    """Raises FormatError for an output that is one of the inputs, which would be lost."""
    refuse_overwriting([output], [each.source.path for each in inputs])


def check_written(outputs: Paths, inputs: Paths) -> None:
    """Raises FormatError if a file could not be written, or would replace an input or another output, before the work.

    None stands for a file that is not asked for.
    """
    named = [path for path in outputs if path is not None]
    for path in named:
        check_output(path)
    refuse_overwriting(named, inputs)


def refuse_overwriting(outputs: Paths, inputs: Paths) -> None:
    """Raises FormatError for an output that is an input or another output, one of which would be lost."""
    read = {os.path.realpath(path) for path in inputs if path is not None and os.fspath(path) != STANDARD_STREAM}
    written: set[str] = set()
    for path in outputs:
        if path is None or os.fspath(path) == STANDARD_STREAM or not _keeps_what_is_written(path):
            continue
        place = os.path.realpath(path)
        if place in read:
            raise FormatError(f"{path}: the output is an input, which would be lost; name another file")
        if place in written:
            raise FormatError(f"{path}: two outputs are this file, so that one would be lost; name another file")
        written.add(place)


def _keeps_what_is_written(path: str | os.PathLike[str]) -> bool:
    """Whether it is a file or folder, or none yet; a device such as /dev/null may be named more than once."""
    return os.path.isfile(path) or os.path.isdir(path) or not os.path.exists(path)
