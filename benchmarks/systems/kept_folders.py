"""Folders that are named by what their content was made from, so that a later run finds what fits, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from cascade import CascadeError, Document
from cascade.whole_files import write_whole
from data_formats.json_lines import to_object

_NOTE = "made-from.json"
_LOCK = "in-use"


def kept_folder(above: Path, name: str, made_from: Mapping[str, Any]) -> Path:
    """The folder `NAME-DIGEST` below `above`, made if it is missing; its `made-from.json` tells what DIGEST is of."""
    text = json.dumps(made_from, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    folder = above / f"{name}-{sha256(text.encode()).hexdigest()[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / _NOTE).is_file():
        write_whole(folder / _NOTE, text)
    return folder


def digest_of(documents: Iterable[Document]) -> str:
    """The SHA-256 of documents with their entities, in hexadecimal."""
    content = sha256()
    for document in documents:
        content.update(json.dumps(to_object(document), sort_keys=True).encode())
    return content.hexdigest()


@contextmanager
def alone_in(folder: Path) -> Iterator[int | None]:
    """The open lock of a folder, held until the block ends; None where the system has no such locks.

    Processes that inherit it hold it too, so that a training whose parent was killed still keeps others out. Raises
    CascadeError if another run holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows
        yield None
        return
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CascadeError(
                f"{folder}: another run, or a training that it started, is at work here; wait for its end, or name "
                "another --out"
            ) from error
        yield lock.fileno()
