"""Brat's standoff: a folder of texts (.txt) with annotations beside them (.ann)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.brat_lines import entities_of, lines_of
from data_formats.annotation_tools.json_fields import document_of
from data_formats.annotation_tools.losses import ODD_TYPES, WITHOUT_ANNOTATION
from data_formats.folder_walk import walked
from data_formats.read_options import ReadOptions
from data_formats.report import IDS, Report
from data_formats.text_files import STANDARD_STREAM, Source

TEXT = ".txt"
_ANNOTATIONS = (".ann", ".a1", ".a2")  # the last two are the given and the wanted annotations of BioNLP's shared tasks
_CONFIGURATION = "annotation.conf"
_LONGEST_NAME = 240  # bytes of a file's name without extension; most systems allow 255
# A part of an id that can be a name of a file everywhere.
_NAME = re.compile(r"(?!\.)(?!.*[. ]$)[^\x00-\x1f<>:\"/\\|?*\x7f]+")


def read_brat(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """The documents of a folder and the folders in it, or of one pair of files, in the order of their names.

    The path names the folder, or the .txt or .ann file of a pair. Ids are the names without extension, below the
    folder. Offsets count the characters of the .txt file as it is: line ends of two characters, and a byte order mark,
    are counted, as brat does. Texts without annotations are left out and counted, unless texts alone are read.
    """
    if source.path == STANDARD_STREAM:
        raise FormatError("<stdin>: brat's standoff has several files; name a folder, or a .txt or .ann file")
    root = Path(source.path)
    for stem in _pairs(root):
        text_file = Path(f"{stem}{TEXT}")
        annotations = [file for suffix in _ANNOTATIONS if (file := Path(f"{stem}{suffix}")).is_file()]
        if not text_file.is_file():
            raise FormatError(f"{annotations[0]}: no text for it; expected {text_file.name} beside it")
        if options.entities and not annotations:
            report.lose(WITHOUT_ANNOTATION, str(text_file))
            continue
        text = _exact_text(text_file)
        entities = (
            tuple(entity for file in annotations for entity in _entities(file, text, report))
            if options.entities
            else ()
        )
        identifier = stem.relative_to(root).as_posix() if root.is_dir() else stem.name
        yield document_of(identifier, text, entities, str(text_file))


def holds_annotations(folder: str) -> bool:
    """Whether a folder, or one in it, has a file of annotations."""
    return any(name.endswith(_ANNOTATIONS) for _, names in walked(folder) for name in names)


def _pairs(root: Path) -> list[Path]:
    """The paths of texts and annotations without their extensions."""
    suffixes = (TEXT, *_ANNOTATIONS)
    if not root.is_dir():
        if root.suffix not in suffixes:
            raise FormatError(f"{root}: its name is not one of brat's; expected a folder, or a .txt or .ann file")
        return [root.with_suffix("")]
    files = (Path(folder, name) for folder, names in walked(str(root)) for name in names)
    stems = {file.with_suffix("") for file in files if file.suffix in suffixes}
    return sorted(stems, key=lambda stem: stem.relative_to(root).parts)


def _entities(file: Path, text: str, report: Report) -> tuple[Entity, ...]:
    source = Source(file)
    with source.closed_on_errors():
        return entities_of(source.lines(), str(file), text, report)


def _exact_text(file: Path) -> str:
    """The file's text with its line ends and its byte order mark."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise FormatError(f"{file}: cannot be read: {error.strerror}") from error
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{file}:{line}: byte 0x{raw[error.start]:02x} at offset {error.start} is not UTF-8. Save the file as UTF-8"
        ) from error


def write_brat(documents: Iterable[Document], folder: str, report: Report) -> None:
    """Writes a pair of files for each document into a folder, and `annotation.conf` with the types.

    An id with slashes becomes a path of folders. An id that cannot be a file's name everywhere, or differs from
    another one only in case, is replaced by the document's number. Characters of types other than letters without
    accents, digits, - and _ are written as _. Both are counted.
    """
    used: set[str] = set()
    types: dict[str, str] = {}
    for number, document in enumerate(documents, start=1):
        report.lose_annotations(document)
        name = _free_name(document.id, number, used)
        report.lose(IDS, document.id, name != document.id)
        for entity in document.entities:
            if entity.type not in types:
                types[entity.type] = _free_type(entity.type, set(types.values()))
            if types[entity.type] != entity.type:
                report.lose_entity(ODD_TYPES, document, entity)
        lines = lines_of(document, types, report)
        stem = Path(folder, name)
        stem.parent.mkdir(parents=True, exist_ok=True)
        Path(f"{stem}{TEXT}").write_bytes(document.text.encode("utf-8"))
        Path(f"{stem}{_ANNOTATIONS[0]}").write_bytes("".join(lines).encode("utf-8"))
        report.wrote(len(lines))
    Path(folder, _CONFIGURATION).write_bytes(_configuration(types.values()).encode("utf-8"))


def _free_name(identifier: str, number: int, used: set[str]) -> str:
    parts = identifier.split("/")
    fits = all(_NAME.fullmatch(part) and len(os.fsencode(part)) <= _LONGEST_NAME for part in parts)
    fits = fits and not any(part.endswith((TEXT, *_ANNOTATIONS)) for part in parts[:-1])  # a folder like a file
    name = identifier if fits and identifier.casefold() not in used else f"document-{number}"
    while name.casefold() in used:
        name += "-"
    used.add(name.casefold())
    return name


def _free_type(type_: str, taken: set[str]) -> str:
    """The type as brat can store it; types stay different."""
    plain = name = re.sub(r"[^a-zA-Z0-9_-]", "_", type_)
    number = 1
    while name in taken:
        number += 1
        name = f"{plain}-{number}"
    return name


def _configuration(types: Iterable[str]) -> str:
    """brat's configuration of an annotation project: the types, which may overlap."""
    entities = "".join(f"{name}\n" for name in types)
    overlap = "<OVERLAP> Arg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>\n"
    return f"[entities]\n{entities}\n[relations]\n{overlap}\n[events]\n\n[attributes]\n"
