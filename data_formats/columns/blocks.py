"""Splits column files into blocks of rows: one token and its labels a line, an empty line between sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cascade.errors import FormatError
from data_formats.columns.headers import index_of
from data_formats.columns.labels import OUTSIDE, is_label
from data_formats.columns.spellings import Spelling
from data_formats.json_values import shown
from data_formats.report import HEADER_ROWS, UNSEPARATED_SENTENCES, WIDE_COMMENTS, Report
from data_formats.text_files import Source

DOCUMENT_MARK = "-DOCSTART-"
COLUMN_BREAKS = re.compile(r"[\t\n\r]")  # characters that no column can hold


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns and comments a column format has."""

    name: str
    indexed: bool  # the first column numbers the tokens of a sentence
    comments_begin_lines: bool = False  # every line that begins with # is a comment; otherwise # may be a token
    label_column: int | None = None  # default column of the labels; None: the last

    @property
    def token(self) -> int:
        """The column of the token, from 0."""
        return 1 if self.indexed else 0


CONLL = Layout("conll", indexed=False)
INDEXED = Layout("indexed", indexed=True)
CONLLU = Layout("conllu", indexed=True, comments_begin_lines=True, label_column=3)


@dataclass(frozen=True, slots=True)
class Row:
    """The line of a token."""

    line: int
    columns: list[str]


@dataclass(slots=True)
class Block:
    """A sentence: the line of its first row or comment, its comments by key, and its rows."""

    line: int
    comments: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


def split_columns(line: str, token: int = 0) -> list[str]:
    """The columns of a line: split at tabs if there are any, otherwise at runs of blanks.

    Blanks at the end of the line are ignored, and so are blanks around columns between tabs, except the token's: a
    token may be a blank.
    """
    if "\t" not in line:
        return re.split(" +", line.rstrip(" "))
    columns = line.rstrip(" \t").split("\t")
    return [column if position == token else column.strip(" ") for position, column in enumerate(columns)]


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of a file's rows: the number of columns (None: not known), and the columns that hold labels."""

    width: int | None
    wanted: bool = True  # whether labels are needed; otherwise they may be missing
    # columns from 0, or negative from the end; None: any column after the token, (): none
    labels: tuple[int, ...] | None = (-1,)
    spelling: Spelling = Spelling.PREFIX
    types: frozenset[str] = frozenset()  # the cells that are types, where types stand alone
    header: int | None = None  # line of the row that names the columns

    def is_label(self, cell: str) -> bool:
        """Whether a cell holds a label as the file spells them."""
        if self.spelling is Spelling.TYPE:
            return cell == OUTSIDE or cell in self.types
        return self.spelling.is_label(cell)


def is_row(line: str, shape: Shape, *, within: bool) -> bool:
    """Whether a line that begins with # is a token's row.

    It is if it has as many columns as the other lines, with labels in the same columns. Without labels in a file, a
    line such as "# 12" is rather a comment, and so is "#12 news" above a sentence. There a row needs columns between
    tabs, a single column, or earlier rows of the same sentence (`within`) and more than # in the first column.
    """
    columns = split_columns(line)
    if len(columns) != (shape.width or max(len(columns), 2)):
        return False
    if shape.labels is None:
        return any(map(is_label, columns[1:]))
    if shape.labels:
        return all(shape.is_label(columns[column]) for column in shape.labels)
    return "\t" in line or shape.width == 1 or (within and columns[0].strip("#") != "")


def _could_be_row(line: str, shape: Shape) -> bool:
    """Whether a comment may have been meant as a row: it is as wide as rows are and begins with a word."""
    columns = split_columns(line)
    word = " " not in columns[0].strip(" ") and ("\t" in line or columns[0].strip("#") != "")
    return word and len(columns) == shape.width


def blocks(source: Source, layout: Layout, shape: Shape, report: Report | None = None) -> Iterator[Block]:
    """The sentences of a file, in order; comments that may be meant as rows are counted in `report`.

    A -DOCSTART- line at the start of a sentence is left out, and so is a header. A sentence without an empty line
    before it is told by its comments or by its index, which begins anew; it is counted. Raises FormatError for a row
    with another number of columns, without a token, or with a carriage return.
    """
    block = Block(0)
    for number, line in source.lines():
        blank = not line.strip(" \t")
        unseparated = not blank and _begins_sentence(line, block, layout)
        if blank or unseparated:
            if block.line:
                yield block
            block = Block(0)
        if unseparated and report is not None:
            report.lose(UNSEPARATED_SENTENCES, f"{source.name}:{number}")
        if blank or (not block.rows and split_columns(line)[0] == DOCUMENT_MARK):
            continue
        if number == shape.header:
            if report is not None:
                report.lose(HEADER_ROWS, f"{source.name}:{number}")
            continue
        block.line = block.line or number
        if line.startswith("#") and (layout.indexed or not is_row(line, shape, within=bool(block.rows))):
            key, equals, value = line[1:].partition("=")
            if layout.comments_begin_lines and equals:
                block.comments[key.strip()] = value.removeprefix(" ")
            elif not block.rows:
                block.line = 0
            if report is not None and not layout.indexed and _could_be_row(line, shape):
                report.lose(WIDE_COMMENTS, f"{source.name}:{number}")
            continue
        columns = split_columns(line, layout.token)
        if len(columns) > 1 and "\r" in line:
            raise FormatError(
                f"{source.name}:{number}: {shown(line)} holds a carriage return; expected lines that end with a line "
                "feed"
            )
        if not _is_whole(columns, line, layout, shape):
            columns_there = "1 column" if len(columns) == 1 else f"{len(columns)} columns"
            raise FormatError(
                f"{source.name}:{number}: {shown(line)} has {columns_there}; expected {_described(shape.width, layout)}"
            )
        block.rows.append(Row(number, columns))
    if block.line:
        yield block


def _begins_sentence(line: str, block: Block, layout: Layout) -> bool:
    """Whether a line begins a new sentence although no empty line stands before it."""
    if not block.rows or not layout.indexed:
        return False
    if line.startswith("#"):
        return layout.comments_begin_lines and re.match(r"#\s*(text|sent_id)\s*=", line) is not None
    here = index_of(split_columns(line)[0])
    first, last = index_of(block.rows[0].columns[0]), index_of(block.rows[-1].columns[0])
    return here is not None and first is not None and here[0] == first[0] and last is not None and last[1]


def _is_whole(columns: list[str], line: str, layout: Layout, shape: Shape) -> bool:
    """Whether a row has as many columns as the others.

    If labels are not wanted, it is enough that the row shows which column is the token.
    """
    if len(columns) == (shape.width or max(len(columns), layout.token + 2)):
        return True
    return not shape.wanted and (len(columns) == layout.token + 1 or len(columns) > layout.token and "\t" in line)


def _described(width: int | None, layout: Layout) -> str:
    what = "an index, a token" if layout.indexed else "a token"
    if width == layout.token + 1:
        return f"{width}: {what.replace(',', ' and')}"
    what += " and a label"
    return f"{width} as in the first line with {what}" if width else f"at least {layout.token + 2}: {what}"
