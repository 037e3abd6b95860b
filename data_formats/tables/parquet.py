"""Parquet files through the package pyarrow: tables with a column of texts, and documents without loss."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO, TextIO

from cascade.document import Document
from cascade.errors import FormatError, first_line
from data_formats.identifiers import SeenIds, with_unique_ids
from data_formats.json_lines import document_of_object
from data_formats.json_records import Record
from data_formats.json_values import decode, kept_text, shown, text_of
from data_formats.labelled_tokens import Sentence, documents_of_sentences
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.tables.parquet_tokens import holds_tokens, names_of_labels, refuse_options_of_tokens
from data_formats.tables.rows import Row, check_columns, documents_of, in_json
from data_formats.text_files import Source
from data_formats.token_rows import sentences_of

GROUP = 1024  # documents of a row group, and rows read at a time; our choice
OTHER_COLUMN = "columns {column}, which documents have no room for"
NOT_ENTITIES = "columns of entities that are read as other values, as the file lacks the columns {columns}"
OURS = frozenset(("id", "text", "language", "entities", "tokens", "adapters", "fields"))


def read_parquet(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """The documents of a file that `write_parquet` wrote, or a document for each row, as `rows.documents_of` makes it.

    Rows with lists of tokens and of labels are sentences (`parquet_tokens.holds_tokens`). Rows are read in groups; a
    document without an id is called by its row. Raises FormatError for what is no Parquet file, and where pyarrow is
    missing.
    """
    pyarrow = _pyarrow()
    if not os.path.isfile(source.path):
        raise FormatError(f"{source.name}: Parquet is read from its end, which a stream does not show; name a file")
    try:
        with pyarrow.parquet.ParquetFile(source.path) as file:
            names = file.schema_arrow.names
            if holds_tokens(file.schema_arrow, options):
                yield from _of_tokens(file, source.name, options, report)
                return
            refuse_options_of_tokens(options, source.name)
            yield from _read(_rows(file.iter_batches(GROUP), source.name, 1), names, source.name, options, report)
    except (pyarrow.lib.ArrowException, OSError) as error:
        told = first_line(error).removesuffix(".")
        raise FormatError(f"{source.name}: no whole Parquet file: {told}; make the file again") from error


def record_batches(stream: BinaryIO, name: str, size: int) -> Iterator[tuple[int, bytes]]:
    """The rows of an open file, `size` at a time: how many they are, and a stream of Arrow that holds them.

    Raises FormatError for what is no Parquet file, and where pyarrow is missing.
    """
    pyarrow = _pyarrow()
    try:
        with pyarrow.parquet.ParquetFile(stream) as file:
            for batch in file.iter_batches(size):
                made = pyarrow.BufferOutputStream()
                with pyarrow.ipc.new_stream(made, batch.schema) as writer:
                    writer.write_batch(batch)
                yield batch.num_rows, made.getvalue().to_pybytes()
    except (pyarrow.lib.ArrowException, OSError) as error:
        told = first_line(error).removesuffix(".")
        raise FormatError(f"{name}: no whole Parquet file: {told}; make the file again") from error


def documents_of_rows(
    content: bytes, name: str, first: int, options: ReadOptions, report: Report
) -> Iterator[Document]:
    """The documents of rows as `record_batches` gives them; first: the number of the first row, from 1."""
    pyarrow = _pyarrow()
    with pyarrow.ipc.open_stream(content) as reader:
        if holds_tokens(reader.schema, options):
            raise FormatError(
                f"{name}: the rows are lists of tokens, which all of a file tells how to join; on many machines "
                f"expected texts. Convert it first: python -m data_formats {name} OUT.jsonl"
            )
        yield from _read(_rows(reader, name, first), reader.schema.names, name, options, report)


def write_parquet(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes a row for each document without loss; `fields` is a text of JSON.

    Raises FormatError for a stream that takes no bytes, and where pyarrow is missing.
    """
    pyarrow = _pyarrow()
    binary = getattr(stream, "buffer", None)
    if binary is None:
        raise FormatError("the format parquet is binary, and a stream of text cannot hold it; name a file")
    schema, waiting = _schema(pyarrow), iter(with_unique_ids(documents))
    with pyarrow.parquet.ParquetWriter(binary, schema) as writer:
        while group := list(islice(waiting, GROUP)):
            writer.write_table(pyarrow.Table.from_pylist([_row(document) for document in group], schema))
            for document in group:
                report.wrote(len(document.entities))


def _of_tokens(file: Any, name: str, options: ReadOptions, report: Report) -> Iterator[Document]:
    """The documents of rows with lists of tokens; the file is read twice."""
    _check_names(file.schema_arrow.names, name)
    names = names_of_labels(file.schema_arrow.metadata)

    def read(counted: Report) -> Iterator[Sentence]:
        def records() -> Iterator[Record]:
            return (Record(dict(row.cells), row.where, row.id) for row in _rows(file.iter_batches(GROUP), name, 1))

        return sentences_of(records, counted, options, names)

    return documents_of_sentences(read, name, report, options)


def _check_names(names: list[str], name: str) -> None:
    if twice := next((each for each, times in Counter(names).items() if times > 1), None):
        raise FormatError(f"{name}: two columns are called {shown(twice)}; expected each name once")


def _read(rows: Iterator[Row], names: list[str], name: str, options: ReadOptions, report: Report) -> Iterator[Document]:
    _check_names(names, name)
    if options.text_column is None and frozenset(names) >= OURS:
        for other in names:
            report.lose(OTHER_COLUMN.format(column=shown(other)), name, other not in OURS)
        yield from _documents(rows, options, report)
    else:
        check_columns(options, names, name)
        lacking = ", ".join(sorted(OURS - frozenset(names)))
        not_read = options.text_column is None and "entities" in names and not options.entities
        report.lose(NOT_ENTITIES.format(columns=lacking), name, not_read)
        yield from documents_of((in_json(row, report, options) for row in rows), options, report)


def _rows(batches: Iterable[Any], name: str, first: int) -> Iterator[Row]:
    number, waiting = first - 1, iter(batches)
    while True:
        try:
            batch = next(waiting, None)
            values = [] if batch is None else batch.to_pylist()
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:  # such as times beyond Python's calendar
            told = " ".join(str(error).split())
            raise FormatError(
                f"{name}: values after row {number} cannot be read: {told}; make the file again"
            ) from error
        if batch is None:
            return
        for cells in values:
            number += 1
            yield Row(cells, f"{name}: row {number}", f"row-{number}")


def _documents(rows: Iterator[Row], options: ReadOptions, report: Report) -> Iterator[Document]:
    seen = SeenIds()
    for row in rows:
        try:
            fields = row.cells["fields"]
            cells = {**row.cells, "fields": None if fields is None else _decoded(fields, row.where)}
            document = document_of_object(cells, row.id, row.where, entities=options.entities, report=report)
            seen.add(document.id, row.where)
        except FormatError as error:
            report.set_aside(error, row.where, row.id, kept_text(dict(row.cells)))
        else:
            yield document


def _decoded(fields: object, where: str) -> object:
    return decode(text_of(fields, "'fields'", where), where, 1)


def _row(document: Document) -> dict[str, Any]:
    row = document.to_dict()
    if document.fields is not None:
        row["fields"] = json.dumps(dict(document.fields), ensure_ascii=False)
    for entity in row["entities"]:
        entity.setdefault("unsure", False)
    return row


def _schema(pyarrow: Any) -> Any:
    text, number, real = pyarrow.string(), pyarrow.int64(), pyarrow.float64()
    alternative = pyarrow.struct({"type": text, "score": real})
    entity = {"start": number, "end": number, "text": text, "type": text, "score": real}
    entity |= {"alternatives": pyarrow.list_(alternative), "unsure": pyarrow.bool_()}
    return pyarrow.schema(
        {
            "id": text,
            "text": text,
            "language": text,
            "entities": pyarrow.list_(pyarrow.struct(entity)),
            "tokens": pyarrow.list_(pyarrow.list_(number)),
            "adapters": pyarrow.list_(text),
            "fields": text,
        }
    )


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.ipc
        import pyarrow.parquet
    except ImportError as error:
        raise FormatError(
            "Parquet files need the package pyarrow; install it with pip install 'cascade-ner[files]', or use CSV or "
            "JSON lines, which need none"
        ) from error
    return pyarrow
