"""Several inputs as one: files, folders and patterns of names, whose documents get ids that are unique."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cascade.document import Document
from cascade.errors import FormatError
from data_formats.annotation_tools.brat import holds_annotations
from data_formats.archives.compression import without_compression
from data_formats.folder_walk import walked
from data_formats.format_list import FORMATS
from data_formats.identifiers import KnownIds
from data_formats.report import Report

OTHER_FILES = "files in folders whose names end as no format that is read"
EMPTY_INPUTS = "inputs without a document"


def input_paths(names: Sequence[str], report: Report) -> list[str]:
    """The paths that names stand for, in the order of the names.

    A folder stands for the files in it and below it, in the order of their paths, whose names end as a format that is
    read does; others are counted, hidden ones passed over. A folder of brat's annotations stands for itself. A name
    with *, ? or [ that is no file's stands for the files that it fits. Raises FormatError for a name that stands for no
    file and for files that are named twice.
    """
    paths = [path for name in names for path in _paths(name, report)]
    seen: dict[str, str] = {}
    for path in paths:
        real = os.path.realpath(path)
        if real in seen:
            raise FormatError(f"{path}: the file is named twice; name each file once, and no folder that it is in")
        seen[real] = path
    return paths


def documents_of_all(inputs: Sequence[tuple[str, Iterator[Document]]], report: Report) -> list[Iterator[Document]]:
    """The documents of each input, given by its name and its documents; to be read one after the other.

    A document whose id an earlier input has is called FILE:ID, or PATH:ID if that is taken as well. Inputs without a
    document are counted.
    """
    known, last = KnownIds(), len(inputs) - 1
    return [
        _documents(name, documents, known, str(place), report, keep=place < last)
        for place, (name, documents) in enumerate(inputs)
    ]


def _documents(
    name: str, documents: Iterator[Document], known: KnownIds, place: str, report: Report, *, keep: bool
) -> Iterator[Document]:
    """The documents of one input, with ids that none of an earlier one has; keep: later inputs need to know them."""
    empty = True
    for document in documents:
        empty = False
        candidates = (document.id, f"{os.path.basename(name)}:{document.id}", f"{name}:{document.id}")
        free = (each for each in candidates if known.noted(each) in (None, place))
        identifier = next(free, candidates[-1])
        if keep:
            known.add(identifier, place)
        yield document if identifier == document.id else replace(document, id=identifier)
    report.lose(EMPTY_INPUTS, name, empty)


def _paths(name: str, report: Report) -> list[str]:
    if not name.strip():
        raise FormatError(f"an input's name is {name!r}; expected a file, or - for standard input")
    if os.path.isdir(name) and not holds_annotations(name):
        return _files_below(name, report)
    if os.path.lexists(name) or not glob.has_magic(name):
        return [name]
    found = sorted(path for path in glob.glob(name, recursive=True) if os.path.isfile(path))
    if not found:
        raise FormatError(f"{name}: no file fits this pattern; expected names of files, folders, or patterns of names")
    return found


def _files_below(folder: str, report: Report) -> list[str]:
    known = tuple(ending for each in FORMATS if each.read for ending in each.extensions)
    files = [os.path.join(below, name) for below, names in walked(folder) for name in names]
    readable = sorted(path for path in files if without_compression(path).lower().endswith(known))
    others = sorted(set(files) - set(readable))
    report.lose(OTHER_FILES, others[0] if others else "", len(others))
    if not readable:
        raise FormatError(
            f"{folder}: the folder has no file that can be read; expected names that end with {', '.join(known)}"
        )
    return readable
