"""Files that are not on this machine, by their URIs (s3://, gs://, hdfs:// and others that pyarrow knows)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from cascade.errors import FormatError, first_line
from cascade.scale.ray_package import PURPOSE, ray_module


def is_remote(name: str) -> bool:
    """Whether a name is a URI."""
    scheme, marked, _ = name.partition("://")
    return bool(marked) and scheme.isalnum()


def files_of(uri: str, endings: Sequence[str]) -> list[str]:
    """The files that a URI stands for: itself, or those below the folder that it names, in order of their names.

    Of a folder's files those that end with one of `endings`, in capitals or not; files and folders whose names begin
    with a dot are passed over. Raises FormatError where there is none.
    """
    with _opened(uri) as (system, path, fs):
        info = system.get_file_info(path)
        if info.type == fs.FileType.File:
            return [uri]
        if info.type != fs.FileType.Directory:
            raise FormatError(f"{uri}: is not there; expected a file, or a folder of files")
        below = system.get_file_info(fs.FileSelector(path, recursive=True))
        folder, marked, query = uri.partition("?")  # such as ?region=eu-west-1
        prefix = folder.rstrip("/")
        root = info.path.rstrip("/")
        inner = sorted(each.path.removeprefix(root) for each in below if each.type == fs.FileType.File)
        names = [name for name in inner if name.lower().endswith(tuple(endings)) and "/." not in name]
        if not names:
            raise FormatError(f"{uri}: no file below it ends with one of {', '.join(endings)}")
        return [f"{prefix}{quote(name)}{marked}{query}" for name in names]


def marks_of(uris: Sequence[str]) -> dict[str, str]:
    """A mark for each file by its URI: its size and the time of its last change."""
    marks = {}
    for uri in uris:
        with _opened(uri) as (system, path, _):
            info = system.get_file_info(path)
            if info.mtime_ns is None:
                raise FormatError(f"{uri}: is not there")
            marks[uri] = f"{info.size} bytes, changed at {info.mtime_ns} ns"
    return marks


def put(file: str, uri: str) -> None:
    """Copies a file of this machine to a URI; raises FormatError where that fails."""
    with _opened(uri) as (system, path, fs):
        fs.copy_files(file, path, source_filesystem=fs.LocalFileSystem(), destination_filesystem=system)


def remove(uri: str) -> None:
    """Removes a file by its URI, where there is one."""
    with _opened(uri) as (system, path, fs):
        if system.get_file_info(path).type == fs.FileType.File:
            system.delete_file(path)


def check_destination_of(uri: str) -> None:
    """Raises FormatError where no file can be written to a URI; tried with an empty one beside it, which is removed."""
    try:
        with _opened(uri) as (system, path, fs):
            if system.get_file_info(path).type == fs.FileType.Directory:
                raise FormatError(f"{uri}: is a folder")
            system.open_output_stream(f"{path}.partial").close()
            system.delete_file(f"{path}.partial")
    except FormatError as error:
        raise FormatError(
            f"{error}; expected a file in a folder or bucket that is there and that you may write to"
        ) from (error.__cause__)


def place_of(name: str) -> str:
    """What is the same for all names of a file: its real path on this machine, or its URI."""
    if not is_remote(name):
        return os.path.realpath(name)
    if not name.startswith("file://"):
        return name
    with _opened(name) as (_, path, _):
        return os.path.realpath(path)


@contextmanager
def _opened(uri: str) -> Iterator[tuple[Any, str, Any]]:
    """The file system of a URI, the path in it, and pyarrow's module of file systems."""
    fs = ray_module("pyarrow.fs", PURPOSE)
    try:
        system, path = fs.FileSystem.from_uri(uri)
        yield system, path, fs
    except (OSError, ValueError) as error:  # pyarrow's own errors are of these
        told = first_line(error).removesuffix(".")
        raise FormatError(f"{uri}: cannot be used: {told}") from error
