"""Column files read as blocks of rows: a token and its labels a line, an empty line between sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cascade.errors import FormatError
from data_formats.columns.labels import OPTION_OF, OUTSIDE, SCHEMES, SchemeRule, is_label
from data_formats.json_values import shown
from data_formats.report import WIDE_COMMENTS, Report
from data_formats.spacing import JoinRule
from data_formats.text_files import Source

DOCUMENT_MARK = "-DOCSTART-"
NO_LABELS = "none"  # the label column of a file of which only the tokens and the text are wanted
COLUMN_BREAKS = re.compile(r"[\t\n\r]")  # what no column can hold


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a column format keeps what."""

    name: str
    indexed: bool  # the first column numbers the tokens of a sentence
    comments_begin_lines: bool = False  # every line that begins with # is a comment; otherwise # may be a token

    @property
    def token(self) -> int:
        """The column of the token, from 0."""
        return 1 if self.indexed else 0


CONLL = Layout("conll", indexed=False)
INDEXED = Layout("indexed", indexed=True)
CONLLU = Layout("conllu", indexed=True, comments_begin_lines=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A token's line."""

    line: int
    columns: list[str]


@dataclass(slots=True)
class Block:
    """A sentence: the line of its first row or comment, its comments by key, its rows."""

    line: int
    comments: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


def split_columns(line: str, token: int = 0) -> list[str]:
    """The columns of a line: between tabs where there is one, otherwise between runs of blanks.

    Blanks at the end of the line do not count, nor do those around a column between tabs that is not the token's: a
    token may be a blank.
    """
    if "\t" not in line:
        return re.split(" +", line.rstrip(" "))
    columns = line.rstrip(" \t").split("\t")
    return [column if position == token else column.strip(" ") for position, column in enumerate(columns)]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file's rows look like: their number of columns (None: not known), and which of them hold labels."""

    width: int | None
    wanted: bool = True  # labels are; otherwise they may be missing
    labels: tuple[int, ...] | None = (
        -1,
    )  # columns, from 0 or negative from the end; None: any behind the token, (): none


def is_row(line: str, shape: Shape, *, within: bool) -> bool:
    """Whether a line that begins with # is a token's: as many columns as the other lines, and labels where they hold
    theirs.

    In a file without labels, "# 12" is rather a comment, and so is "#12 news" above a sentence: there must be columns
    between tabs, a single one, or other rows of the sentence above (`within`) and more than # in the first.
    """
    columns = split_columns(line)
    if len(columns) != (shape.width or max(len(columns), 2)):
        return False
    if shape.labels is None:
        return any(map(is_label, columns[1:]))
    if shape.labels:
        return all(is_label(columns[column]) for column in shape.labels)
    return "\t" in line or shape.width == 1 or (within and columns[0].strip("#") != "")


def _could_be_row(line: str, shape: Shape) -> bool:
    """Whether a comment is as wide as rows are, and begins with a word as they do, so that it may have been meant as
    one.
    """
    columns = split_columns(line)
    word = " " not in columns[0].strip(" ") and ("\t" in line or columns[0].strip("#") != "")
    return word and len(columns) == shape.width


def blocks(source: Source, layout: Layout, shape: Shape, report: Report | None = None) -> Iterator[Block]:
    """The sentences of a file, in order; comments that could be rows, by their width, are counted in `report`.

    A -DOCSTART- line at the start of a sentence is left out.  Raises FormatError for a row with another number of
    columns or without a token.
    """
    block = Block(0)
    for number, line in source.lines():
        if not line.strip(" \t"):
            if block.line:
                yield block
            block = Block(0)
            continue
        if not block.rows and split_columns(line)[0] == DOCUMENT_MARK:
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
        if not _is_whole(columns, line, layout, shape):
            columns_there = "1 column" if len(columns) == 1 else f"{len(columns)} columns"
            raise FormatError(
                f"{source.name}:{number}: {shown(line)} has {columns_there}; expected {_described(shape.width, layout)}"
            )
        block.rows.append(Row(number, columns))
    if block.line:
        yield block


def _is_whole(columns: list[str], line: str, layout: Layout, shape: Shape) -> bool:
    """Whether a row has as many columns as the others; where labels are not wanted, whether it is at least plain which
    of them is the token.
    """
    if len(columns) == (shape.width or max(len(columns), layout.token + 2)):
        return True
    return not shape.wanted and (len(columns) == layout.token + 1 or len(columns) > layout.token and "\t" in line)


def width_of(source: Source, layout: Layout, *, wanted: bool = True) -> int | None:
    """How many columns the first row has that does not begin with # (nor -DOCSTART-), with a label if those are wanted.

    Where all lines begin with #, as many as most of those have that have a label, or stand between tabs if none are
    wanted; where there is none of them either, None, or the least that a row has without a label.
    """
    least = layout.token + (2 if wanted else 1)
    widths: Counter[int] = Counter()
    for _, line in source.lines():
        columns = split_columns(line)
        if not line.strip(" \t") or columns[0] == DOCUMENT_MARK or len(columns) < least:
            continue
        if not line.startswith("#"):
            return len(columns)
        if not layout.indexed and (any(map(is_label, columns[1:])) or (not wanted and "\t" in line)):
            widths[len(columns)] += 1
    return widths.most_common(1)[0][0] if widths else None if wanted else least


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read: its rows, the columns with the labels that are wanted (from 0), their schemes, and how
    tokens are joined.
    """

    shape: Shape
    labels: tuple[int, ...]
    schemes: tuple[str, ...]
    join: str


def survey(source: Source, layout: Layout, *, scheme: str, label_column: str | int | None, join: str) -> Reading:
    """How to read the file, from a first pass over all of it; what is given ('auto' and None are not) is taken as
    given.
    """
    source.keep()
    wanted = label_column != NO_LABELS
    width = width_of(source, layout, wanted=wanted)
    labelled = in_all = list(range(layout.token + 1, width or 0))
    rules = {column: SchemeRule() for column in labelled} if wanted else {}
    join_rule = JoinRule()
    empty, sure = True, False  # no rows; some that cannot be comments, which are asked first what columns hold labels
    for block in blocks(
        source, layout, Shape(width, wanted, _expected_labels(source.name, layout, width, label_column))
    ):
        rows = [row for row in block.rows if not layout.indexed or row.columns[0].isdigit()]
        empty = empty and not rows
        for column, rule in rules.items():
            rule.add(row.columns[column] for row in rows)
        join_rule.add(row.columns[layout.token] for row in rows if row.columns[layout.token])
        of_words = [row for row in rows if not row.columns[0].startswith("#")]
        labelled, sure = _labelled(labelled, of_words), sure or bool(of_words)
        in_all = in_all if sure else _labelled(in_all, rows)
    labelled = labelled if sure else in_all
    chosen = _chosen_columns(source.name, layout, width, labelled, label_column) if wanted else ()
    schemes = tuple(rules[column].scheme(source.name) if scheme == "auto" else scheme for column in chosen)
    holds_labels = wanted or ((width or 0) - 1 in labelled and not empty)
    return Reading(
        Shape(width, wanted, chosen or (-1,) if holds_labels else ()),
        chosen,
        schemes,
        join_rule.join if join == "auto" else join,
    )


def _labelled(columns: Sequence[int], rows: Sequence[Row]) -> list[int]:
    """Those of the columns that hold nothing but labels; rows may be shorter where no labels are wanted."""
    return [
        column for column in columns if all(is_label(row.columns[column]) for row in rows if column < len(row.columns))
    ]


def _expected_labels(name: str, layout: Layout, width: int | None, asked: str | int | None) -> tuple[int, ...] | None:
    """The columns that will hold the labels, as far as that is known before the file was read (`Shape.labels`)."""
    if asked == "all" or (width is None and asked is not None):
        return None
    return (-1,) if asked in (None, NO_LABELS) else _chosen_columns(name, layout, width, [], asked)


def _chosen_columns(
    name: str, layout: Layout, width: int | None, labelled: list[int], asked: str | int | None
) -> tuple[int, ...]:
    if width is None:
        return ()
    if asked is None:
        if len(labelled) > 1 and len(labelled) == width - layout.token - 1:
            shown = ", ".join(str(column + 1) for column in labelled)
            choices = f"{labelled[0] + 1}, {labelled[-1] + 1} or all"
            raise FormatError(
                f"{name}: columns {shown} all hold labels; choose with --label-column {choices}, {OPTION_OF}"
            )
        return (width - 1,)
    if asked == "all":
        if not labelled:
            raise FormatError(
                f"{name}: no column holds labels only; expected {OUTSIDE} or B-, I- and the like before a type in all "
                "lines"
            )
        return tuple(labelled)
    columns = []
    for text in str(asked).split(","):
        if not re.fullmatch(r"\s*-?[0-9]{1,4}\s*", text):
            raise FormatError(
                f"label column {text!r} is no number; expected column numbers from 1 (negative: from the end) with "
                "commas between, all or none"
            )
        number = int(text)
        column = number - 1 if number > 0 else width + number
        if not layout.token < column < width:
            raise FormatError(
                f"{name}: label column {number} is not there; the token is column {layout.token + 1} of {width}, "
                "expected one after it"
            )
        columns.append(column)
    return tuple(dict.fromkeys(columns))


def check_options(*, scheme: str, repair: str | None, join: str) -> None:
    """Raises FormatError for an option that has no such value."""
    for option, value, allowed in (
        ("scheme", scheme, ("auto", *SCHEMES)),
        ("repair", repair, (None, "begin")),
        ("join", join, ("auto", "space", "none")),
    ):
        if value not in allowed:
            raise FormatError(f"option {option} is {value!r}; expected {', '.join(str(choice) for choice in allowed)}")


def _described(width: int | None, layout: Layout) -> str:
    what = "an index, a token" if layout.indexed else "a token"
    if width == layout.token + 1:
        return f"{width}: {what.replace(',', ' and')}"
    what += " and a label"
    return f"{width} as in the first line with {what}" if width else f"at least {layout.token + 2}: {what}"
