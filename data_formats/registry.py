"""Reads and writes documents in any format, by its name, or as a file's name and first lines tell."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from typing import Any, TextIO

from cascade.document import Document
from cascade.document.only_documents import only_documents
from cascade.errors import FormatError
from cascade.languages.identification import named_language
from data_formats.annotation_tools.later import later
from data_formats.archives.compression import compression_of_name, without_compression
from data_formats.folders import open_folder
from data_formats.format_list import FORMATS, Format, Reader, Writer
from data_formats.output_files import open_output
from data_formats.plain_text import read_text
from data_formats.read_documents import in_language, with_tidy_types
from data_formats.read_options import OF_ROWS, OF_TABLES, TEXTS_ALONE, ReadOptions
from data_formats.recognition import Fit, asked_columns, is_json, refuse_odd_columns
from data_formats.report import Report
from data_formats.tables.headers import has_table_header, holds_sentences
from data_formats.text_files import STANDARD_STREAM, Source

_header_columns = later("spans_csv.header_columns")
_holds_annotations = later("brat.holds_annotations")
_ENDINGS = {"csv": ("table",), "tsv": ("table",), "json": ("json-rows",)}  # formats that share an ending with others
_MARKED = (".md", ".rst", ".html", ".htm", ".xml", ".tex")  # texts in which marks stand between the words
_TEXTS = (*_MARKED, ".eml", ".log", ".srt", ".vtt", ".asc")
HEAD_LINES = 50  # enough to get past the comments at the top of KLUE's and UNER's files


def formats() -> tuple[Format, ...]:
    """All formats, in the order in which users see them."""
    return FORMATS


@dataclass(frozen=True, slots=True)
class Input:
    """A file or standard input whose format is known."""

    source: Source
    format: Format
    reader: Reader

    def documents(
        self, options: Mapping[str, Any], *, report: Report | None = None, language: str | None = None
    ) -> Iterator[Document]:
        """The documents, read one by one as they are asked for.

        options: the format's own (`Format.read_options`); None stands for the default. What cannot be read is counted
        in `report`. `language` is set on documents that name none. A wrong option raises FormatError and an unknown
        language LanguageError at once; a fault in the file raises FormatError when its document is reached.
        """
        language = named_language(language)
        chosen = ReadOptions.of(options, self.format.read_options, self.format.name)
        return self._read(chosen, report, language)

    def texts(
        self, options: Mapping[str, Any] | None = None, *, report: Report | None = None, language: str | None = None
    ) -> Iterator[Document]:
        """The documents without their entities; labels may be wrong, in several layers or missing.

        options: of tables and plain text, as `documents` takes them.
        """
        given = ReadOptions.of(options or {}, self.format.read_options, self.format.name)
        chosen = replace(given, label_column=TEXTS_ALONE.label_column, entities=TEXTS_ALONE.entities)
        return self._read(chosen, report, named_language(language))

    def _read(self, options: ReadOptions, report: Report | None, language: str | None) -> Iterator[Document]:
        report = report if report is not None else Report()
        with self.source.closed_on_errors():
            documents = self.reader(self.source, report, options)
        documents = with_tidy_types(self.source.closing(documents), report)
        return documents if language is None else in_language(documents, language)


def opened(
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    plain_stdin: bool = False,
    columns: bool = False,
    table: bool = False,
    whole: bool = False,
    format_option: str = "--from",
) -> Input:
    """A file ('-' for standard input) with its format, found from its first lines and its name if not given.

    plain_stdin: read standard input as plain text if its lines fit no format. columns: options for columns are given,
    so that a file is rather of columns than plain text. table: options for tables are given, so that it is one. whole:
    plain text is to be one document a file, so that files in .txt or without an ending are of text. format_option: the
    option that error messages name for giving the format. Raises FormatError for a path or a format that cannot be
    read.
    """
    source = Source(path)
    chosen = (
        _named(format)
        if format is not None
        else _of_table(source)
        if table
        else _named("text")
        if whole and os.path.splitext(without_compression(source.path))[1].lower() in ("", ".txt")
        else _recognised(source, plain_stdin=plain_stdin, columns=columns, format_option=format_option)
    )
    if chosen is None or chosen.read is None:
        able = [each for each in FORMATS if each.read]
        raise FormatError(
            f"{format!r} is no format that can be read{_meant(format, able)}; expected "
            f"{', '.join(each.name for each in able)}"
        )
    return Input(source, chosen, chosen.read)


def read(
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    report: Report | None = None,
    language: str | None = None,
    **options: Any,
) -> Iterator[Document]:
    """The documents of a file: `opened`, then `Input.documents`."""
    # callers have no such option, but they can convert the file
    source = opened(
        path,
        format,
        columns=any(options.get(name) is not None for name in OF_ROWS),
        table=any(options.get(name) is not None for name in OF_TABLES),
        whole=bool(options.get("whole_files")),
        format_option="--from of python -m data_formats",
    )
    return source.documents(options, report=report, language=language)


def read_texts(path: str | os.PathLike[str], *, report: Report | None = None) -> Iterator[Document]:
    """The documents of a file without their entities: `opened`, then `Input.texts`."""
    return opened(path, format_option="--from of python -m data_formats").texts(report=report)


def write(
    documents: Iterable[Document],
    path: str | os.PathLike[str] | TextIO,
    format: str | None = None,
    *,
    report: Report | None = None,
    keep_tokens: bool = False,
) -> Report:
    """Writes documents as they come to a file ('-' for standard output) or a text stream; returns a report.

    The report counts what was written and what was lost. Without `format` the file's extension decides. keep_tokens:
    columns hold a document's tokens as they are; otherwise tokens are cut where entities begin and end. Raises
    FormatError for formats that hold no tokens in columns, and DocumentError for what is no document.

    A file appears only when it is complete. If anything fails, an earlier file stays as it was, and the unfinished one
    is kept beside it (`output_files.open_output`).
    """
    report, documents = report if report is not None else Report(), only_documents(documents)
    name = os.fspath(path) if isinstance(path, str | os.PathLike) else "a stream"
    chosen, writer = _writer(format, name, keep_tokens=keep_tokens)
    if chosen.in_folder:
        if not isinstance(path, str | os.PathLike):
            raise FormatError(f"the format {chosen.name} has several files, which no stream holds; name a folder")
        with open_folder(path) as folder:
            writer(documents, folder, report)
    elif isinstance(path, str | os.PathLike):
        with open_output(path) as stream:
            writer(documents, stream, report)
    else:
        writer(documents, path, report)
    return report


def _writer(format: str | None, path: str, *, keep_tokens: bool) -> tuple[Format, Writer]:
    able = [each for each in FORMATS if each.write is not None]
    chosen = _named(format) if format is not None else _by_extension(path)
    if chosen is not None and chosen.write is not None and not (chosen.in_folder and format is None):
        if chosen.name == "parquet" and compression_of_name(path) is not None:
            raise FormatError(f"{path}: Parquet compresses by itself; expected a name that ends with .parquet")
        if not keep_tokens:
            return chosen, chosen.write
        if chosen.keeps_tokens:
            return chosen, partial(chosen.write, keep_tokens=True)
        raise FormatError(f"--keep-tokens: for files of columns, and {path} is {chosen.name}; leave it out")
    if format is not None:
        raise FormatError(
            f"{format!r} is no format that can be written{_meant(format, able)}; expected "
            f"{', '.join(each.name for each in able)}"
        )
    known = ", ".join(f"{each.extensions[0]} ({each.name})" for each in able if each.extensions and not each.in_folder)
    raise FormatError(f"{path}: no format has this name's extension; name the format with --to, or use one of {known}")


def _meant(name: str | None, able: Iterable[Format]) -> str:
    """A remark on the formats that a name may be meant for: those of files with this ending, or the closest name."""
    lower = (name or "").lower()
    known = {each.name: each.extensions for each in able}
    meant = [*_ENDINGS.get(lower, ()), *(each for each in known if f".{lower}" in known[each])]
    close = [each for each in dict.fromkeys(meant) if each in known] or get_close_matches(lower, known, 1, 0.7)
    return f" (did you mean {' or '.join(close)}?)" if close else ""


def _named(name: str) -> Format | None:
    return next((each for each in FORMATS if each.name == name), None)


def _by_extension(path: str) -> Format | None:
    extension = os.path.splitext(without_compression(path))[1].lower()
    return next((candidate for candidate in FORMATS if extension and extension in candidate.extensions), None)


def _of_table(source: Source) -> Format | None:
    """The format of a file that is a table, because a column of it is named."""
    by_extension = _by_extension(source.path)
    if by_extension is not None and by_extension.name == "parquet":
        return by_extension
    return _named("json-rows" if is_json(source.head(HEAD_LINES)) else "table")


def _as_table(source: Source, by_extension: Format | None, head: Sequence[str], format_option: str) -> Format | None:
    """The format of tables where a .tsv file that fits no format is one; None for what is none.

    Raises FormatError where it cannot be told: a table that was read as columns or as plain text, each row a document,
    would be taken for a result.
    """
    name = without_compression(source.path).lower()
    if name.endswith(".tsv"):
        if has_table_header(head):
            return _named("spans-csv" if _header_columns(head[0]).keys() >= {"start", "end"} else "table")
        if holds_sentences(head):
            raise FormatError(
                f"{source.name}: cells of several words are no tokens, and no column is called text; name the column "
                f"of the texts with --text-column, or the format with {format_option}: table, conll"
            )
    elif (by_extension is None or by_extension.read is read_text) and has_table_header(head):
        raise FormatError(
            f"{source.name}: the first line looks like the header of a table; name the column of its texts with "
            f"--text-column, or the format with {format_option}: table, text"
        )
    return None


def _recognised(source: Source, *, plain_stdin: bool, columns: bool, format_option: str) -> Format:
    """The format that the first lines fit; if they fit none or several, the format of the file's extension.

    Lines that could also be plain text are read as columns only if the name says so.
    """
    if os.path.isdir(source.path) and _holds_annotations(source.path):
        return next(each for each in FORMATS if each.in_folder)
    by_extension = None if source.path == STANDARD_STREAM else _by_extension(source.path)
    if by_extension is not None and by_extension.is_binary:
        return by_extension
    head = source.head(HEAD_LINES)
    by_option = columns
    columns = columns or (by_extension is not None and by_extension.has_columns)
    enough = Fit.RATHER_TEXT if columns else Fit.EITHER
    fits = {each: fit for each in FORMATS if each.fit is not None and (fit := each.fit(head)) >= enough}
    fits = {each: fit for each, fit in fits.items() if each.is_special} or fits
    if enough is Fit.EITHER and Fit.EITHER in fits.values():
        names = ", ".join(each.name for each in fits)
        raise FormatError(
            f"{source.name}: the first lines could be plain text or columns with labels; name the format with "
            f"{format_option}: text, {names}"
        )
    if len(fits) == 1:
        return next(iter(fits))
    if (by_extension is None or by_extension.read is read_text) and not fits and not by_option:
        refuse_odd_columns(head, source.name, format_option)
    if not fits and not by_option and (table := _as_table(source, by_extension, head, format_option)) is not None:
        return table
    if by_extension is not None and by_extension.name == "spans-csv" and not fits and not is_json(head):
        known = _header_columns(head[0]) if head else {}
        return (
            by_extension if known.keys() & {"start", "end"} else next(each for each in FORMATS if each.name == "table")
        )
    if columns and not fits and not is_json(head) and not (by_extension and by_extension.has_columns):
        return next(each for each in FORMATS if each.name == asked_columns(head).name)
    suits = by_extension in fits if fits else not (by_extension and by_extension.read is read_text and is_json(head))
    if by_extension is not None and by_extension.read is not None and suits:
        return by_extension
    if plain_stdin and source.path == STANDARD_STREAM and not fits and not is_json(head):
        return next(each for each in FORMATS if each.read is read_text)
    names = ", ".join(each.name for each in fits or FORMATS if each.read)
    found = "is in no format that its first lines or its name tell"
    meant = ""
    if fits:
        found = "could be in several formats"
    elif not any(line.strip() for line in head):
        found = "is empty, and its name tells no format"
    elif (ending := os.path.splitext(without_compression(source.path))[1].lower()) in _TEXTS:
        kept = ", marks included" if ending in _MARKED else ""
        meant = f"{format_option} text reads its lines as they are{kept}; otherwise "
    raise FormatError(f"{source.name}: the file {found}; {meant}name it with {format_option}: {names}")
