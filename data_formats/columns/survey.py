"""A first pass over a column file: its width, its label columns and their schemes, and how tokens are joined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cascade.errors import FormatError
from data_formats.columns.blocks import DOCUMENT_MARK, Layout, Row, Shape, blocks, split_columns
from data_formats.columns.headers import TokenPrefix, is_header
from data_formats.columns.labels import OPTION_OF, OUTSIDE, is_label
from data_formats.columns.spellings import ColumnLabels, Spelling, could_be_label
from data_formats.read_options import NO_LABELS, ReadOptions
from data_formats.spacing import JoinRule
from data_formats.text_files import Source

_MOST_NAMED = 20  # columns in an error message


def width_of(source: Source, layout: Layout, *, wanted: bool = True) -> int | None:
    """The number of columns of the first row that does not begin with # or -DOCSTART-.

    The row must be wide enough for a label if labels are wanted. If all lines begin with #, it is the most common
    number among the lines with a label, or with tabs if no labels are wanted. Without such lines it is None, or the
    width of a row without a label if no labels are wanted.
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
    """How a file is to be read.

    Its rows; the label columns to read (from 0), and in parallel how their labels are spelled and their schemes; the
    way to join tokens; the prefix that all tokens have; and how many sentences and tokens there are.
    """

    shape: Shape
    labels: tuple[int, ...]
    spellings: tuple[Spelling, ...]
    schemes: tuple[str, ...]
    join: str
    prefix: str
    sentences: int
    tokens: int


def survey(source: Source, layout: Layout, options: ReadOptions) -> Reading:
    """How to read the file, from a first pass over all of it; options other than 'auto' and None are kept as given."""
    source.keep()
    label_column = layout.label_column if options.label_column is None else options.label_column
    wanted = label_column != NO_LABELS
    width = width_of(source, layout, wanted=wanted)
    header = _header_of(source, layout)
    labelled = in_all = list(range(layout.token + 1, width or 0))
    rules = {column: ColumnLabels() for column in labelled} if wanted else {}
    texts = _Texts()
    # empty: there are no rows. sure: some rows cannot be comments; these then decide which columns hold labels.
    empty, sure = True, False
    expected = _expected_labels(source.name, layout, width, label_column)
    for block in blocks(source, layout, Shape(width, wanted, expected, header=header)):
        rows = [row for row in block.rows if not layout.indexed or row.columns[0].isdigit()]
        empty = empty and not rows
        for column, rule in rules.items():
            rule.add([row.columns[column] for row in rows])
        texts.add([row.columns[layout.token] for row in rows if row.columns[layout.token]])
        of_words = [row for row in rows if not row.columns[0].startswith("#")]
        labelled, sure = _labelled(labelled, of_words), sure or bool(of_words)
        in_all = in_all if sure else _labelled(in_all, rows)
    labelled = [column for column in (labelled if sure else in_all) if not wanted or rules[column].has_labels]
    chosen = _chosen_columns(source.name, layout, width, labelled, label_column, rules) if wanted else ()
    spellings = tuple(rules[column].spelling(options.scheme) for column in chosen)
    holds_labels = wanted or ((width or 0) - 1 in labelled and not empty)
    shape = Shape(
        width,
        wanted,
        chosen or (-1,) if holds_labels else (),
        spellings[0] if spellings else Spelling.PREFIX,
        rules[chosen[0]].cells if Spelling.TYPE in spellings[:1] else frozenset(),
        header,
    )
    return Reading(
        shape,
        chosen,
        spellings,
        tuple(
            rules[column].scheme(spelling, source.name) if options.scheme == "auto" else options.scheme
            for column, spelling in zip(chosen, spellings, strict=True)
        ),
        texts.join if options.join == "auto" else options.join,
        texts.prefix,
        texts.sentences,
        texts.tokens,
    )


class _Texts:
    """What the tokens of a file tell: how they are joined, and the prefix that all of them have."""

    def __init__(self) -> None:
        self.sentences = self.tokens = 0
        self._prefix = TokenPrefix()
        self._join, self._join_without_prefix = JoinRule(), JoinRule()

    def add(self, tokens: Sequence[str]) -> None:
        """Counts the tokens of a sentence."""
        self.sentences += bool(tokens)
        self.tokens += len(tokens)
        self._prefix.add(tokens)
        self._join.add(tokens)
        prefix = self._prefix.prefix
        if prefix:
            self._join_without_prefix.add([rest for token in tokens if (rest := token.removeprefix(prefix))])

    @property
    def prefix(self) -> str:
        """The prefix of all tokens; empty if they have none."""
        return self._prefix.prefix

    @property
    def join(self) -> str:
        """The way to join the tokens, without their prefix."""
        return (self._join_without_prefix if self.prefix else self._join).join


def _header_of(source: Source, layout: Layout) -> int | None:
    """The line of the row that names the columns, if the first row does."""
    for number, line in source.lines():
        columns = split_columns(line)
        if line.strip(" \t") and not line.startswith("#") and columns[0] != DOCUMENT_MARK:
            return number if is_header(columns, layout.token) else None
    return None


def _labelled(columns: Sequence[int], rows: Sequence[Row]) -> list[int]:
    """Those of the columns that hold only labels and marks for none; rows may be shorter if no labels are wanted."""
    return [
        column
        for column in columns
        if all(could_be_label(row.columns[column]) for row in rows if column < len(row.columns))
    ]


def _expected_labels(name: str, layout: Layout, width: int | None, asked: str | int | None) -> tuple[int, ...] | None:
    """The columns that will hold the labels, as far as this is known before the file is read (`Shape.labels`)."""
    if asked == "all" or (width is None and asked is not None):
        return None
    return (-1,) if asked in (None, NO_LABELS) else _chosen_columns(name, layout, width, [], asked, {})


def _chosen_columns(
    name: str,
    layout: Layout,
    width: int | None,
    labelled: list[int],
    asked: str | int | None,
    rules: Mapping[int, ColumnLabels],
) -> tuple[int, ...]:
    if width is None:
        return ()
    if asked is None:
        last_is_other = width - 1 in rules and not rules[width - 1].has_labels  # a number or an id behind the label
        if len(labelled) == 1 and last_is_other:
            return (labelled[0],)
        if len(labelled) > 1 and (last_is_other or len(labelled) == width - layout.token - 1):
            shown = ", ".join(str(column + 1) for column in labelled[:_MOST_NAMED])
            shown += f" and {len(labelled) - _MOST_NAMED} more" if len(labelled) > _MOST_NAMED else ""
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
