"""What was replaced, kept on demand so that it can be undone: a file that only its owner can read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from cascade.errors import RedactionError, not_written, shown

OWNER_ALONE = 0o600


@contextmanager
def mapping_file(path: Path | None) -> Iterator[TextIO | None]:
    """A new file that only its owner can read, for a line of JSON a document; None for no path.

    Raises RedactionError where the file is there already or cannot be written: its permissions would be the old ones.
    """
    if path is None:
        yield None
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE)
    except FileExistsError as error:
        raise RedactionError(f"{path}: the file is there already; expected a new one. Name another") from error
    except OSError as error:
        raise RedactionError(f"{path}: {not_written(error)}") from error
    file = os.fdopen(descriptor, "w", encoding="utf-8")
    try:
        yield file
        with written_to(path):
            file.close()
    except BaseException:
        with suppress(OSError):  # what is still in its buffer cannot be written
            file.close()
        if not path.stat().st_size:  # the job failed before it began
            path.unlink()
        raise


@contextmanager
def written_to(path: Path) -> Iterator[None]:
    """Inside, an OSError is a RedactionError that names the file of the mapping."""
    try:
        yield
    except OSError as error:
        raise RedactionError(f"{path}: {not_written(error)}") from error


def mapping_line(identifier: str, replaced: Sequence[tuple[int, int, str]]) -> str:
    """A document's line of the file: where its replacements stand, and what stood there."""
    row = {"id": identifier, "replaced": [[start, end, original] for start, end, original in replaced]}
    return json.dumps(row, ensure_ascii=False) + "\n"


def restore(text: str, replaced: Sequence[Sequence[Any]]) -> str:
    """The text as it was: each [start, end, original] of a redacted text put back.

    Raises RedactionError where the places do not fit the text.
    """
    pieces, position = [], 0
    for start, end, original in replaced:
        if not position <= start <= end <= len(text):
            raise RedactionError(
                f"a replacement at {start}..{end} does not fit the text of {len(text)} characters "
                f"{shown(text)}; expected the text that was written with the mapping"
            )
        pieces += [text[position:start], original]
        position = end
    return "".join([*pieces, text[position:]])
