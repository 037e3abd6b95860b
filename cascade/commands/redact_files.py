"""The files of a job that replaces personal data: none may be another one, which would be lost."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from cascade.errors import RedactionError
from data_formats.registry import Input
from data_formats.text_files import STANDARD_STREAM


def refuse_same_files(asked: argparse.Namespace, inputs: Sequence[Input]) -> None:
    """Raises RedactionError where a file that is written is another one of the job, whatever its path is called."""
    read = [("INPUT", each.source.path) for each in inputs] + [("--key-file", asked.key_file)]
    written = [("--output", asked.output), ("--mapping", asked.mapping), ("--report", asked.report)]
    seen: dict[str, str] = {}
    for option, path in [*read, *written]:
        if path is None or os.fspath(path) == STANDARD_STREAM or not _keeps_what_is_written(path):
            continue
        place = os.path.realpath(path)
        if place in seen and (option, path) in written:
            raise RedactionError(
                f"{path}: {seen[place]} and {option} name the same file, so that one would be lost; expected two files"
            )
        seen[place] = option


def _keeps_what_is_written(path: str | os.PathLike[str]) -> bool:
    """Whether it is a file, or none yet; a device such as /dev/null may be named more than once."""
    return os.path.isfile(path) or not os.path.exists(path)
