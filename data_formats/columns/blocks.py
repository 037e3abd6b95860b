"""Splits column files into blocks of rows: one token and its labels a line, an empty line between sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cascade.errors import FormatError
from data_formats.columns.headers import index_of
from data_formats.columns.labels import OUTSIDE, is_label
from data_formats.columns.layouts import Layout, RowForm, split_columns
from data_formats.columns.misc_column import SENTENCE_END, flags, goes_on, label_of
from data_formats.columns.spellings import Spelling, could_be_label
from data_formats.json_values import shown
from data_formats.report import ENTITIES_OVER_ENDS, HEADER_ROWS, UNSEPARATED_SENTENCES, WIDE_COMMENTS, Report
from data_formats.text_files import Source

DOCUMENT_MARK = "-DOCSTART-"
COLUMN_BREAKS = re.compile(r"[\t\n\r]")  # characters that no column can hold


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


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of a file's rows: the number of columns (None: not known), and the columns that hold labels."""

    width: int | None
    wanted: bool = True  # whether labels are needed; otherwise they may be missing
    # columns from 0, or negative from the end; None: any column after the token, (): none
    labels: tuple[int, ...] | None = (-1,)
    spelling: Spelling = Spelling.PREFIX
    types: frozenset[str] = frozenset()  # the cells that are types, where types stand alone

    def is_label(self, cell: str) -> bool:
        """Whether a cell holds a label as the file spells them."""
        if self.spelling is Spelling.TYPE:
            return cell == OUTSIDE or cell in self.types
        return self.spelling.is_label(cell)


def is_row(line: str, shape: Shape, layout: Layout, *, within: bool) -> bool:
    """Whether a line that begins with # is a token's row.

    It is if it has as many columns as the other lines, with labels in the same columns. Without labels in a file, a
    line such as "# 12" is rather a comment, and so is "#12 news" above a sentence. There a row needs columns between
    tabs, a single column, or earlier rows of the same sentence (`within`) and more than # in the first column.
    """
    columns = layout.cells(line)
    if len(columns) != (shape.width or max(len(columns), 2)):
        return False
    if shape.labels is None:
        return any(map(is_label, columns[1:]))
    if shape.labels:
        columns = _with_key(columns, layout)
        if layout.form is RowForm.SENTENCE:
            return all(map(is_label, columns[-1].split()))
        return all(shape.is_label(columns[column]) for column in shape.labels)
    return "\t" in line or shape.width == 1 or (within and columns[0].strip("#") != "")


def _could_be_row(line: str, shape: Shape) -> bool:
    """Whether a comment may have been meant as a row: it is as wide as rows are and begins with a word."""
    columns = split_columns(line)
    word = " " not in columns[0].strip(" ") and ("\t" in line or columns[0].strip("#") != "")
    return word and len(columns) == shape.width


def blocks(source: Source, layout: Layout, shape: Shape, report: Report | None = None) -> Iterator[Block]:
    """The sentences of a file, in order; what is left out and what may be meant as a row is counted in `report`.

    A -DOCSTART- line is left out, and so is a header. A sentence without an empty line before it is told by its
    comments, by its index, which begins anew, by its id, by -DOCSTART- or by a flag; all but the last are counted.
    Raises FormatError for a row with another number of columns, without a token, or with a carriage return.
    """
    block = Block(0)
    for number, line in source.lines():
        blank = not line.strip(" \t")
        docstart = line.startswith(DOCUMENT_MARK) and not layout.indexed and is_document_mark(line, layout)
        unseparated = not blank and bool(block.rows) and (docstart or _begins_sentence(line, block, layout))
        if blank or unseparated:
            if block.line:
                yield block
            block = Block(0)
        if unseparated and report is not None:
            report.lose(UNSEPARATED_SENTENCES, f"{source.name}:{number}")
        if blank or docstart or (not block.rows and split_columns(line)[0] == DOCUMENT_MARK):
            continue
        if number == layout.header:
            if report is not None:
                report.lose(HEADER_ROWS, f"{source.name}:{number}")
            continue
        if line.startswith("#") and (layout.indexed or not is_row(line, shape, layout, within=bool(block.rows))):
            _add_comment(line, number, block, layout)
            if report is not None and not layout.indexed and _could_be_row(line, shape):
                report.lose(WIDE_COMMENTS, f"{source.name}:{number}")
            continue
        columns = layout.cells(line)
        if len(columns) > 1 and "\r" in line:
            raise FormatError(
                f"{source.name}:{number}: {shown(line)} holds a carriage return; expected lines that end with a line "
                "feed"
            )
        if not _is_whole(columns, line, layout, shape):
            raise _of_other_width(f"{source.name}:{number}", line, columns, layout, shape)
        if layout.misc is not None and block.rows and SENTENCE_END in flags(block.rows[-1].columns, layout.misc):
            if goes_on(columns, layout.token):
                if report is not None:
                    report.lose(ENTITIES_OVER_ENDS, f"{source.name}:{block.rows[-1].line}")
            else:
                yield block
                block = Block(number, dict(block.comments))
        block.line = block.line or number
        if layout.form is RowForm.SENTENCE:
            block.rows = [Row(number, [*pair]) for pair in sentence_cells(columns, f"{source.name}:{number}")]
            yield block
            block = Block(0)
        else:
            block.rows.append(Row(number, columns if layout.key is None else _with_key(columns, layout)))
    if block.line:
        yield block


def is_document_mark(line: str, layout: Layout) -> bool:
    """Whether a line is a -DOCSTART- line: the mark has no label of an entity."""
    first, *others = layout.cells(line)
    return first == DOCUMENT_MARK and not any(other != OUTSIDE and is_label(other) for other in others)


def _add_comment(line: str, number: int, block: Block, layout: Layout) -> None:
    """Adds a comment to a sentence; only where comments are of a format does one begin it."""
    key, equals, value = line[1:].partition("=")
    if equals and (layout.comments_begin_lines or layout.misc is not None):
        block.comments[key.strip()] = value.removeprefix(" ")
    if not block.rows:
        block.line = block.line or number if equals and layout.comments_begin_lines else 0


def _with_key(columns: list[str], layout: Layout) -> list[str]:
    """The columns, and one more for the labels that a feature holds."""
    return columns if layout.key is None else [*columns, label_of(columns, layout.misc, layout.key)]


def sentence_cells(columns: Sequence[str], where: str) -> Iterator[tuple[str, str]]:
    """Each word of a row that holds a sentence, with its label; raises FormatError if there are not as many labels."""
    words, labels = columns[0].split(), columns[-1].split()
    if len(words) != len(labels):
        raise FormatError(
            f"{where}: a row holds a sentence, with {len(words)} words and {len(labels)} labels; expected a label for "
            "each word, with blanks between them"
        )
    return zip(words, labels, strict=True)


def _begins_sentence(line: str, block: Block, layout: Layout) -> bool:
    """Whether a line begins a new sentence although no empty line stands before it."""
    if line.startswith("#"):
        return layout.comments_begin_lines and re.match(r"#\s*(text|sent_id)\s*=", line) is not None
    if layout.ids or layout.numbers:
        return _begins_anew(layout.cells(line), block.rows[-1].columns, layout)
    if not layout.indexed:
        return False
    here = index_of(split_columns(line)[0])
    first, last = index_of(block.rows[0].columns[0]), index_of(block.rows[-1].columns[0])
    return here is not None and first is not None and here[0] == first[0] and last is not None and last[1]


def _begins_anew(columns: Sequence[str], before: Sequence[str], layout: Layout) -> bool:
    """Whether the id of a row is another than that of the row before, or its number is no higher."""
    if len(columns) <= max(*layout.ids, *layout.numbers, 0):
        return False
    if any(columns[column] != before[column] for column in layout.ids):
        return True
    pairs = [(index_of(columns[column]), index_of(before[column])) for column in layout.numbers]
    return any(here is not None and last is not None and here[0] <= last[0] for here, last in pairs)


def _is_whole(columns: list[str], line: str, layout: Layout, shape: Shape) -> bool:
    """Whether a row has as many columns as the others.

    If labels are not wanted, it is enough that the row shows which column is the token.
    """
    if len(columns) == (shape.width or max(len(columns), layout.least)):
        return True
    return not shape.wanted and (len(columns) == layout.token + 1 or len(columns) > layout.token and "\t" in line)


def _of_other_width(where: str, line: str, columns: Sequence[str], layout: Layout, shape: Shape) -> FormatError:
    columns_there = "1 column" if len(columns) == 1 else f"{len(columns)} columns"
    hint = separator_hint(line) if len(columns) == 1 else ""
    return FormatError(f"{where}: {shown(line)} has {columns_there}; expected {_described(shape.width, layout)}{hint}")


def separator_hint(line: str) -> str:
    """A remark on another separator than tabs and blanks that seems to stand between the columns of a line."""
    between = next((mark for mark in ",;|" if could_be_label(line.rpartition(mark)[2]) and mark in line), None)
    return f". Columns stand between tabs or blanks; put tabs in the place of {between!r}" if between else ""


def _described(width: int | None, layout: Layout) -> str:
    what = "an index, a token" if layout.indexed else "a token"
    if width == layout.token + 1 and layout.token_at is None:
        return f"{width}: {what.replace(',', ' and')}"
    what += " and a label"
    return f"{width} as in the first line with {what}" if width else f"at least {layout.least}: {what}"
