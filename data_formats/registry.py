"""The formats by name, and which of them a file is in."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from cascade.document import Document
from cascade.errors import FormatError
from data_formats.chat_rows import write_swift
from data_formats.column_reading import read_conll, read_conllu, read_indexed
from data_formats.column_writing import write_conll, write_conllu, write_indexed
from data_formats.columns import DOCUMENT_MARK, split_columns
from data_formats.geic import read_geic, write_geic
from data_formats.json_lines import read_jsonl, write_jsonl
from data_formats.json_values import decode
from data_formats.labels import is_label
from data_formats.plain_text import read_text, write_text
from data_formats.report import Report
from data_formats.text_files import STANDARD_STREAM, Source, open_output

HEAD_LINES = 50  # enough to see past the comments at the top of KLUE's and UNER's files

Reader = Callable[..., Iterator[Document]]
Writer = Callable[[Iterable[Document], TextIO, Report], None]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: how it is called, read, written and recognised by its first lines; None where it cannot be."""

    name: str
    description: str
    extensions: tuple[str, ...]
    read: Reader | None = None
    write: Writer | None = None
    recognises: Callable[[Sequence[str]], bool] | None = None

    @property
    def read_options(self) -> tuple[str, ...]:
        """The names of the options that reading takes."""
        if self.read is None:
            return ()
        return tuple(name for name, parameter in inspect.signature(self.read).parameters.items() if parameter.kind is parameter.KEYWORD_ONLY)


def _is_jsonl(head: Sequence[str]) -> bool:
    try:
        row = decode(next((line for line in head if line.strip()), ""), "", 1)
    except FormatError:
        return False
    return isinstance(row, dict) and isinstance(row.get("text"), str)


def _is_json(head: Sequence[str]) -> bool:
    return re.match(r'\s*(\{\s*("|$)|\[\s*\{)', "\n".join(head)) is not None


def _is_geic(head: Sequence[str]) -> bool:
    return re.match(r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{', "\n".join(head)) is not None


def _is_conllu(head: Sequence[str]) -> bool:
    return any(re.match(r"#\s*(text|sent_id)\s*=", line) for line in head) and any(re.match(r"1(-[0-9]+)?\t[^\t]+\t", line) for line in head)


def _is_indexed(head: Sequence[str]) -> bool:
    rows = _rows(head)
    return bool(rows) and not _is_conllu(head) and all(len(row) > 2 and row[0].isdecimal() and is_label(row[-1]) for row in rows) and rows[0][0] in ("0", "1")


def _is_conll(head: Sequence[str]) -> bool:
    rows = _rows(head)
    return bool(rows) and not _is_indexed(head) and not _is_conllu(head) and all(len(row) > 1 and is_label(row[-1]) for row in rows)


def _rows(head: Sequence[str]) -> list[list[str]]:
    lines = [line for line in head if line.strip(" \t") and not line.startswith(("#", DOCUMENT_MARK))]
    return [split_columns(line) for line in lines]


FORMATS = (
    Format("jsonl", "JSON lines with character offsets, without loss", (".jsonl", ".ndjson"), read_jsonl, write_jsonl, _is_jsonl),
    Format("geic", "CascadeNER's JSON of sentences, entities and categories", (".json",), read_geic, write_geic, _is_geic),
    Format("conll", "columns: token ... label", (".conll", ".bio", ".iob", ".iob2", ".bmes", ".bioes", ".tsv"), read_conll, write_conll, _is_conll),
    Format("conllu", "CoNLL-U and UNER columns with # text", (".conllu",), read_conllu, write_conllu, _is_conllu),
    Format("indexed", "columns: index, token ... label (PAN-X)", (), read_indexed, write_indexed, _is_indexed),
    Format("text", "plain text, a document a line", (".txt",), read_text, write_text),
    Format("swift", "ms-swift chat rows for CascadeNER's extractor", (), None, write_swift),
)


def formats() -> tuple[Format, ...]:
    """All formats, in the order in which they are listed to users."""
    return FORMATS


def read(
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    report: Report | None = None,
    language: str | None = None,
    plain_stdin: bool = False,
    **options: object,
) -> Iterator[Document]:
    """The documents of a file ('-' for standard input), one after the other as they are asked for.

    Without `format` it is found from the first lines and the name; with `plain_stdin`, standard input whose lines tell nothing is plain text.
    What cannot be carried is counted in `report`; `language` is set where the file has none; `options` are the format's own
    (`Format.read_options`), None standing for their default.  A wrong path, format or option raises FormatError here, a fault in the file when its
    document is reached.
    """
    source = Source(path)
    chosen = _named(format) if format is not None else _recognised(source, plain_stdin=plain_stdin)
    if chosen is None or chosen.read is None:
        raise FormatError(f"{format!r} is no format that can be read; expected {', '.join(each.name for each in FORMATS if each.read)}")
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if name not in chosen.read_options:
            known = ", ".join(chosen.read_options) or "none"
            raise FormatError(f"the format {chosen.name} has no option {name!r} for reading; its options: {known}")
    documents = chosen.read(source, report if report is not None else Report(), **given)
    return documents if language is None else _in_language(documents, language)


def write(
    documents: Iterable[Document],
    path: str | os.PathLike[str] | TextIO,
    format: str | None = None,
    *,
    report: Report | None = None,
) -> Report:
    """Writes documents as they come to a file ('-' for standard output) or a text stream; returns what was written and what was lost.

    Without `format` the extension decides.  A file appears when all is written; if anything fails, an earlier file stays as it was.
    """
    report = report if report is not None else Report()
    if isinstance(path, str | os.PathLike):
        writer = _writer(format, os.fspath(path))
        with open_output(path) as stream:
            writer(documents, stream, report)
    else:
        _writer(format, "a stream")(documents, path, report)
    return report


def _in_language(documents: Iterator[Document], language: str) -> Iterator[Document]:
    return (replace(document, language=language) if document.language is None else document for document in documents)


def _writer(format: str | None, path: str) -> Writer:
    able = [each for each in FORMATS if each.write is not None]
    chosen = _named(format) if format is not None else _by_extension(path)
    if chosen is not None and chosen.write is not None:
        return chosen.write
    if format is not None:
        raise FormatError(f"{format!r} is no format that can be written; expected {', '.join(each.name for each in able)}")
    known = ", ".join(f"{each.extensions[0]} ({each.name})" for each in able if each.extensions)
    raise FormatError(f"{path}: no format has this name's extension; name the format with --to, or use one of {known}")


def _named(name: str) -> Format | None:
    return next((each for each in FORMATS if each.name == name), None)


def _by_extension(path: str) -> Format | None:
    extension = os.path.splitext(path)[1].lower()
    return next((candidate for candidate in FORMATS if extension and extension in candidate.extensions), None)


def _recognised(source: Source, *, plain_stdin: bool = False) -> Format:
    """The format that the first lines are in; where they tell nothing or too much, the one of the extension."""
    head = source.head(HEAD_LINES)
    candidates = [candidate for candidate in FORMATS if candidate.recognises is not None and candidate.recognises(head)]
    if len(candidates) == 1:
        return candidates[0]
    by_extension = None if source.path == STANDARD_STREAM else _by_extension(source.path)
    fits = by_extension in candidates if candidates else not (by_extension and by_extension.read is read_text and _is_json(head))
    if by_extension is not None and by_extension.read is not None and fits:
        return by_extension
    if plain_stdin and source.path == STANDARD_STREAM and not candidates and not _is_json(head):
        return next(candidate for candidate in FORMATS if candidate.read is read_text)
    names = ", ".join(candidate.name for candidate in candidates or FORMATS if candidate.read)
    found = "could be in several formats" if candidates else "is in no format that its first lines or its name tell"
    raise FormatError(f"{source.name}: the file {found}; name it with --from: {names}")
