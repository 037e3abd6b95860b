"""CSV with a token a row, and CSV with lists of tokens and of labels in its cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from cascade.document import Document
from cascade.errors import FormatError
from data_formats.columns.labels import OUTSIDE
from data_formats.identifiers import line_id
from data_formats.json_records import Record
from data_formats.json_values import shown
from data_formats.labelled_tokens import Sentence, documents_of_sentences, labels_wanted
from data_formats.read_options import ReadOptions
from data_formats.recognition import Fit
from data_formats.report import Report
from data_formats.tables.cell_lists import listed
from data_formats.tables.csv_rows import cells_of, csv_rows
from data_formats.text_files import Source
from data_formats.token_rows import sentences_of

DELIMITERS = ",;"  # rows between tabs are columns
OTHER_COLUMN = "values of the column {column}"
SHORT_ROWS = "rows with fewer cells than the header (the others are empty)"
EMPTY_LABELS = "tokens without a label (read as O)"
# Names of columns, with _ in the place of other signs, the most telling first; from headers of published files.
_TOKENS = ("token", "tokens", "word", "words", "form")
_LABELS = tuple(
    "ner_tags_str ner_tags ner_tag ner_labels ner_label ner iob_labels iob bio ne entity entities tag tags label "
    "labels entity_type type".split()
)
_SENTENCES = tuple("sentence_id sent_id sentence_idx sentence_number sentence sent sentence_no".split())
_DOCUMENTS = tuple("document_id doc_id document doc filename file".split())
_OTHER_FORMATS = frozenset("text start end begin".split())  # a header with one of these is of another table


def read_token_table(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """A document for each sentence of a CSV file with a header, whose rows are tokens.

    A sentence ends where the cell of a column such as `Sentence #` or `sentence_id` changes; an empty one means that
    above. Without such a column it ends at an empty row. Sentences are called by these cells, or by the line of their
    first row. Rows whose cells hold lists of tokens and of labels are sentences themselves. Other columns are counted.
    """
    source.keep()
    table = _Table(source)
    places = _Places.of(table.names, f"{source.name}:1", options)

    def read(counted: Report) -> Iterator[Sentence]:
        first = next((cells for _, cells in table.rows(Report()) if any(cells)), None)
        if first is not None and isinstance(listed(first[places.token]), list):
            return sentences_of(lambda: _records(table, counted), counted, options, {})
        return _sentences(table, places, counted)

    return documents_of_sentences(read, source.name, report, options)


def fit_token_table(head: Sequence[str]) -> Fit:
    """How well the first line fits a header between commas with a column of tokens and one of labels."""
    first = next((line for line in head if line.strip()), "")
    for delimiter in DELIMITERS:
        names = list(map(_plain, cells_of(first, delimiter)))
        if len(names) > 1 and not _OTHER_FORMATS & set(names) and _found(names, _TOKENS) and _found(names, _LABELS):
            rows = [cells_of(line, delimiter) for line in head[1:] if line.strip()]
            alike = sum(len(row) == len(names) for row in rows)
            return Fit.SURE if rows and 2 * alike > len(rows) else Fit.NONE
    return Fit.NONE


class _Places:
    """The columns, from 0, of the token, the label, the sentence and the document; None where there is none."""

    def __init__(self, token: int, label: int | None, sentence: int | None, document: int | None) -> None:
        self.token, self.label, self.sentence, self.document = token, label, sentence, document

    @classmethod
    def of(cls, names: Sequence[str], where: str, options: ReadOptions) -> _Places:
        """The columns that a header names; raises FormatError if one is missing."""
        plain = list(map(_plain, names))
        tokens, labels = _found(plain, _TOKENS), _found(plain, _LABELS)
        if options.label_column is not None and labels_wanted(options):
            labels = [place for place, name in enumerate(names) if name == options.label_column]
        if not tokens or (labels_wanted(options) and not labels):
            lacking = "of tokens" if not tokens else "of labels"
            asked = f"; --label-column is {options.label_column!r}" if options.label_column is not None else ""
            raise FormatError(
                f"{where}: the header {shown(list(names))} has no column {lacking}{asked}; expected one such as "
                f"{', '.join(_TOKENS[:3])} and one such as tag, label, ner (--label-column names it)"
            )
        sentences, documents = _found(plain, _SENTENCES), _found(plain, _DOCUMENTS)
        label = labels[0] if labels_wanted(options) else None
        return cls(tokens[0], label, next(iter(sentences), None), next(iter(documents), None))

    def key(self, cells: Sequence[str], above: tuple[str, ...]) -> tuple[str, ...]:
        """The cells that tell the sentence of a row; empty ones are those above."""
        there = [each for each in (self.document, self.sentence) if each is not None]
        own = [cells[place] for place in there]
        return tuple(cell or (above[place] if above else "") for place, cell in enumerate(own))


class _Table:
    """The header of a file and its rows."""

    def __init__(self, source: Source) -> None:
        """Raises FormatError for a header that names a column twice."""
        first = next((line for _, line in source.lines() if line.strip()), "")
        self._source, self.file = source, source.name
        self._delimiter = max(DELIMITERS, key=lambda each: len(cells_of(first, each)))
        self.names = [name.strip() for name in cells_of(first, self._delimiter)]
        if twice := next((name for name, count in Counter(self.names).items() if count > 1 and name), None):
            raise FormatError(f"{self.file}:1: the header names {shown(twice)} twice; expected each column once")

    def rows(self, report: Report) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header with their lines, as wide as it is; raises FormatError for wider ones."""
        header, width = False, len(self.names)
        for line, cells in csv_rows((text for _, text in self._source.lines(ends=True)), self._delimiter, self.file):
            if not header:
                header = any(cell.strip() for cell in cells)
                continue
            if len(cells) > width:
                raise FormatError(
                    f"{self.file}:{line}: the row has {len(cells)} cells; expected at most {width}, as in the header. "
                    "Put tokens that hold the delimiter into quotes"
                )
            report.lose(SHORT_ROWS, f"{self.file}:{line}", bool(cells) and len(cells) < width)
            yield line, cells + [""] * (width - len(cells))


def _sentences(table: _Table, places: _Places, report: Report) -> Iterator[Sentence]:
    """The sentences of rows with a token each."""
    waiting: list[tuple[int, list[str]]] = []
    key: tuple[str, ...] = ()
    read = {places.token, places.label, places.sentence, places.document}
    others = [(index, OTHER_COLUMN.format(column=shown(name))) for index, name in enumerate(table.names)]
    others = [each for each in others if each[0] not in read]
    for line, cells in table.rows(report):
        empty = not any(cell.strip() for cell in cells)
        here = key if empty else places.key(cells, key)
        if waiting and (here != key or (empty and places.sentence is None)):
            yield _sentence(waiting, key, places, table.file)
            waiting = []
        key = here
        if empty:
            continue
        waiting.append((line, cells))
        where = f"{table.file}:{line}"
        report.lose(EMPTY_LABELS, where, places.label is not None and not cells[places.label].strip())
        for index, kind in others:
            report.lose(kind, where, bool(cells[index].strip()))
    if waiting:
        yield _sentence(waiting, key, places, table.file)


def _sentence(rows: Sequence[tuple[int, list[str]]], key: tuple[str, ...], places: _Places, file: str) -> Sentence:
    first = rows[0][0]
    named = places.sentence is not None and any(key)
    return Sentence(
        "-".join(part for part in key if part) if named else line_id(first),
        f"{file}:{first}",
        [cells[places.token] for _, cells in rows],
        None if places.label is None else [cells[places.label].strip() or OUTSIDE for _, cells in rows],
        [f"{file}:{line}" for line, _ in rows],
    )


def _records(table: _Table, report: Report) -> Iterator[Record]:
    """The rows as objects, with lists in the place of the cells that spell them."""
    for line, cells in table.rows(report):
        if any(cells):
            named = zip(table.names, cells, strict=True)
            values = {name: cell if (found := listed(cell)) is None else found for name, cell in named}
            yield Record(values, f"{table.file}:{line}", line_id(line))


def _found(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """The places of those names that are wanted, the most wanted first."""
    return [names.index(name) for name in wanted if name in names]


def _plain(name: str) -> str:
    """The name in small letters, with _ in the place of blanks and signs: `Sentence #` is sentence."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")
