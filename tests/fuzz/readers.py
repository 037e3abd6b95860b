"""The readers of `data_formats`: each input is read in one of four ways, and what was read is written and read back."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import data_formats
from cascade.document import Document
from cascade.errors import CascadeError
from data_formats.registry import opened
from data_formats.report import Failure, Report
from fuzz import reader_seeds
from fuzz.places import TESTS, placed, scratch
from fuzz.surface import Surface, check_document, check_error, check_lines, promise

COLUMN_OPTIONS: Sequence[dict[str, Any]] = (
    {},
    {"repair": "begin"},
    {"scheme": "io"},
    {"scheme": "bioes", "repair": "begin"},
    {"label_column": "all"},
    {"label_column": "2"},
    {"join": "none"},
    {"label_column": "-2,-1"},
    {"label_column": "none"},
)
TOOL_OPTIONS: Sequence[dict[str, Any]] = ({}, {"offsets": "utf-16"}, {"offsets": "graphemes"}, {"text_key": "text"})
TABLE_OPTIONS: Sequence[dict[str, Any]] = (
    {},
    {"text_column": "text", "id_column": "id"},
    {"text_column": "body"},
    {"language_column": "language"},
)
_NAMES = {"brat": "x.ann", "bioc": "x.xml", "pdf": "x.pdf", "docx": "x.docx", "parquet": "x.parquet", "table": "x.csv"}


def reader_surfaces() -> list[Surface]:
    """A surface for each reader, one for the choice of the format, and one for archives."""
    made = []
    for each in data_formats.formats():
        if each.read is None:
            continue
        options: Sequence[dict[str, Any]] = ({},)
        if "text_column" in each.read_options:
            options = TABLE_OPTIONS
        elif each.has_columns:
            options = COLUMN_OPTIONS
        elif "offsets" in each.read_options:
            options = TOOL_OPTIONS
        name = each.name
        content = _CONTENTS.get(name, bytes)
        check = partial(read_ways, name, _NAMES.get(name, f"x.{name}"), options, content)
        made.append(Surface(name, check, partial(_seeds, name), reader_seeds.words_of(name)))
    words = [word for name in ("jsonl", "conll", "table", "geic") for word in reader_seeds.words_of(name)]
    made.append(Surface("recognition", recognised, _seeds_of_all, words))
    made.append(Surface("archives", unpacked, _seeds_of_archives, words))
    return made


def _seeds(name: str) -> list[bytes]:
    if name == "brat":  # the text beside it
        placed("x.txt", (TESTS / "data/annotation_tools/brat/curie.txt").read_bytes())
    found = _SEEDS[name]() if name in _SEEDS else reader_seeds.seeds_of(name)
    return [bytes([way]) + seed for seed in found for way in (0, 1, 4, 8, 12)]


def _seeds_of_all() -> list[bytes]:
    told = [each.name for each in data_formats.formats() if each.read is not None and not each.is_binary]
    return [b"\1" + seed[:800] for name in told for seed in reader_seeds.seeds_of(name)]


def _seeds_of_archives() -> list[bytes]:
    return [bytes([way]) + seed[:300] for way in range(8) for seed in reader_seeds.seeds_of("jsonl")]


def read_ways(
    name: str, file: str, options: Sequence[dict[str, Any]], content: Callable[[bytes], bytes], data: bytes
) -> bool:
    """Reads an input as its first byte says: with entities, texts alone, or with what fails set aside."""
    way, chosen = (data[0] % 4, options[data[0] // 4 % len(options)]) if data else (0, options[0])
    path = placed(file, content(data[1:]))
    report, aside = Report(), list[Failure]()
    if way == 1:
        report.aside = aside.append
    try:
        given = opened(path, name)
        if way == 2:
            texts = {key: value for key, value in chosen.items() if key in ("text_column", "id_column")}
            documents = list(given.texts(texts, report=report))
        else:
            documents = list(given.documents(chosen, report=report))
    except CascadeError as error:
        check_error(error)
        return False
    _check_read(documents, report, aside)
    if way == 0 and documents:
        _check_round(name, documents, chosen)
    return True


def _check_read(documents: list[Document], report: Report, aside: list[Failure]) -> None:
    for document in documents:
        check_document(document)
    check_lines(report.lines())
    for failure in aside:
        told = json.dumps([failure.place, failure.id, failure.text, failure.error], ensure_ascii=False)
        told.encode("utf-8")
        promise("\n" not in failure.error, f"a failure has several lines: {failure.error[:200]!r}")
    promise(len({document.id for document in documents}) == len(documents), "an id twice")


def _check_round(name: str, documents: list[Document], options: dict[str, Any]) -> None:
    """What was read can be written in the same format and read again; what changes was counted."""
    known = next(each for each in data_formats.formats() if each.name == name)
    for format in dict.fromkeys((name, "jsonl")):
        if format == name and (known.write is None or known.in_folder):
            continue
        path = scratch() / f"back.{format}"
        try:
            written = data_formats.write(documents, path, format)
        except CascadeError as error:
            check_error(error)
            continue
        taken = {key: options[key] for key in ("offsets",) if format == name and key in options}
        again = list(data_formats.read(path, format, **({} if format == name else taken)))
        check_lines(written.lines())
        promise(len(again) == written.documents, f"{written.documents} written as {format}, {len(again)} read")
        if not written.losses:
            before = [_found(document) for document in documents]
            promise([_found(document) for document in again] == before, f"{format} changed what it did not count")


def _found(document: Document) -> tuple[str, list[tuple[int, int, str]]]:
    return document.text, [(entity.start, entity.end, entity.type) for entity in document.entities]


def recognised(data: bytes) -> bool:
    """Opens an input by its first lines and a name; the format's reader reads it if one is found."""
    endings = ("", ".txt", ".json", ".jsonl", ".conll", ".tsv", ".csv", ".conllu", ".xmi", ".pubtator", ".xml", ".ann")
    path = placed(f"any{endings[data[0] % len(endings)] if data else ''}", data[1:])
    columns, table, whole = ((data[0] // 12 >> bit) & 1 if data else 0 for bit in (0, 1, 2))
    report = Report()
    try:
        given = opened(path, columns=bool(columns), table=bool(table), whole=bool(whole), plain_stdin=True)
        documents = list(given.texts({}, report=report))
    except CascadeError as error:
        check_error(error)
        return False
    _check_read(documents, report, [])
    return True


def unpacked(data: bytes) -> bool:
    """Reads a compressed text, whole, damaged, or compressed twice."""
    way, content = (data[0] % 8, data[1:]) if data else (7, b"")
    pack = (gzip.compress, bz2.compress, lzma.compress, _zstandard)[way % 4]
    packed = pack(content)
    if way >= 4 and content:  # damaged where the content says
        place = int.from_bytes(content[:2], "big") % len(packed)
        packed = packed[:place] + content[2:4] + packed[place + (content[-1] % 3) :]
    path = placed("any.txt.gz", packed)
    try:
        documents = list(data_formats.read(path, "text"))
    except CascadeError as error:
        check_error(error)
        return False
    _check_read(documents, Report(), [])
    if way < 4 and not content.startswith((b"\xef\xbb\xbf", b"\0", *_MAGIC)):
        lines = [line.removesuffix("\r") for line in content.decode("utf-8").split("\n")]
        promise([each.text for each in documents] == [line for line in lines if line.strip()], "texts changed")
    return True


_MAGIC = (
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
    b"%PDF-",
    b"PAR1",
    b"\xd0\xcf",
    b"{\\rtf",
)


def _zstandard(content: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor(level=1).compress(content)


def _docx(data: bytes) -> bytes:
    """A Word file of which one part is the input; or the input itself."""
    if data[:2] == b"PK" or not data:
        return data
    parts = _docx_parts()
    names = [*parts][::-1] * 2 + ["word/document.xml"] * 6
    return reader_seeds.zipped({**parts, names[data[0] % len(names)]: data[1:]})


def _docx_parts() -> dict[str, bytes]:
    if not _PARTS:
        _PARTS.update(reader_seeds.docx_parts())
    return dict(_PARTS)


_PARTS: dict[str, bytes] = {}


def _docx_seeds() -> list[bytes]:
    names = [*_docx_parts()][::-1] * 2 + ["word/document.xml"] * 6
    made = [bytes([place]) + _docx_parts()[name][:3000] for place, name in enumerate(names)]
    return [*made, reader_seeds.zipped(_docx_parts())]


def _docbin(data: bytes) -> bytes:
    return data[1:] if data[:1] == b"r" else zlib.compress(data, 1)


def _parquet(data: bytes) -> bytes:
    """A Parquet file of the rows that the input lists in JSON; or the input itself."""
    import pyarrow
    import pyarrow.parquet

    try:
        rows = json.loads(data)
        table = pyarrow.Table.from_pylist(rows)
        stored = io.BytesIO()
        pyarrow.parquet.write_table(table, stored)
    except Exception:  # what pyarrow refuses to write is no file
        return data
    return stored.getvalue()


_CONTENTS: dict[str, Callable[[bytes], bytes]] = {"docx": _docx, "spacy": _docbin, "parquet": _parquet}
_SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "docx": _docx_seeds,
    "pdf": lambda: [reader_seeds.pdf_seed()],
    "spacy": lambda: [reader_seeds.docbin_content(), b"r" + Path(scratch() / "seed.spacy").read_bytes()],
    "parquet": reader_seeds.parquet_rows,
}
