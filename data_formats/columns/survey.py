"""A first pass over a column file: its width, its label columns and their schemes, and how tokens are joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from data_formats.columns.arrangement import arranged
from data_formats.columns.blocks import DOCUMENT_MARK, Row, Shape, blocks
from data_formats.columns.entity_column import with_labels
from data_formats.columns.headers import COARSE, TokenPrefix
from data_formats.columns.label_columns import chosen_columns, expected_labels
from data_formats.columns.labels import is_label
from data_formats.columns.layouts import Layout
from data_formats.columns.misc_column import is_glued
from data_formats.columns.spellings import ColumnLabels, Spelling, could_be_label
from data_formats.columns.token_numbers import TokenNumbers
from data_formats.columns.units import labelled_rows
from data_formats.read_options import NO_LABELS, ReadOptions
from data_formats.spacing import JoinRule
from data_formats.text_files import Source


def width_of(source: Source, layout: Layout, *, wanted: bool = True) -> int | None:
    """The number of columns of the first row that does not begin with # or -DOCSTART-.

    The row must be wide enough for a label if labels are wanted. If all lines begin with #, it is the most common
    number among the lines with a label, or with tabs if no labels are wanted. Without such lines it is None, or the
    width of a row without a label if no labels are wanted.
    """
    least = layout.least if wanted else layout.token + 1
    widths: Counter[int] = Counter()
    for number, line in source.lines():
        columns = layout.cells(line)
        passed = number == layout.header or columns[0] == DOCUMENT_MARK
        if passed or not line.strip(" \t") or len(columns) < least:
            continue
        if not line.startswith("#"):
            return len(columns)
        if not layout.indexed and (any(map(is_label, columns[1:])) or (not wanted and "\t" in line)):
            widths[len(columns)] += 1
    return widths.most_common(1)[0][0] if widths else None if wanted else least


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """A column of labels: its place from 0, how it spells them, their scheme, and what to do about faulty ones."""

    column: int
    spelling: Spelling
    scheme: str
    remedy: str
    like_outside: tuple[str, ...]  # types that look like marks for no entity


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read.

    Its layout and rows; the label columns to read, and others with labels; the way to join tokens, and whether flags
    tell where nothing stands between them; the prefix that all tokens have, or whether a number stands behind each; and
    how many sentences and tokens there are.
    """

    layout: Layout
    shape: Shape
    labels: tuple[LabelColumn, ...]
    others: tuple[int, ...]
    join: str
    glued: bool
    prefix: str
    numbered: bool
    sentences: int
    tokens: int

    @property
    def columns(self) -> tuple[int, ...]:
        """The places of the label columns."""
        return tuple(label.column for label in self.labels)


def survey(source: Source, layout: Layout, options: ReadOptions) -> Reading:
    """How to read the file, from a first pass over all of it; options other than 'auto' and None are kept as given."""
    source.keep()
    layout = arranged(source, layout, options)
    if layout.comments_begin_lines:
        layout = with_labels(source, layout, options)
    label_column = layout.label_column if options.label_column is None else options.label_column
    label_column = None if layout.key else label_column
    wanted = label_column != NO_LABELS
    width = width_of(source, layout, wanted=wanted)
    first = layout.token if layout.token_at is None else int(layout.indexed)
    labelled = in_all = [column for column in range(first, width or 0) if column != layout.token]
    rules = {column: ColumnLabels() for column in (*labelled, *_of_key(layout, width))} if wanted else {}
    texts = _Texts()
    # empty: there are no rows. sure: some rows cannot be comments; these then decide which columns hold labels.
    empty, sure = True, False
    expected = expected_labels(source.name, layout, width, label_column)
    for block in blocks(source, layout, Shape(width, wanted, expected)):
        rows = [row for row in block.rows if not layout.indexed or row.columns[0].isdigit()]
        empty = empty and not rows
        of_labels = rows if layout.key is None else labelled_rows(block, layout, source.name)
        for column, rule in rules.items():
            rule.add([row.columns[column] for row in of_labels])
        texts.add([row.columns[layout.token] for row in rows if row.columns[layout.token]])
        if layout.misc is not None and not texts.glued:
            texts.glued = any(is_glued(row.columns, layout.misc) for row in block.rows)
        of_words = [row for row in rows if not row.columns[0].startswith("#")]
        labelled, sure = _labelled(labelled, of_words), sure or bool(of_words)
        in_all = in_all if sure else _labelled(in_all, rows)
    labelled = [column for column in (labelled if sure else in_all) if not wanted or rules[column].has_labels]
    chosen: tuple[int, ...] = ()
    if wanted:
        chosen = _of_key(layout, width) or chosen_columns(source.name, layout, width, labelled, label_column, rules)
    labels = tuple(_label_column(column, rules[column], options.scheme, source.name) for column in chosen)
    holds_labels = wanted or ((width or 0) - 1 in labelled and not empty)
    shape = Shape(
        width,
        wanted,
        chosen or (-1,) if holds_labels else (),
        labels[0].spelling if labels else Spelling.PREFIX,
        rules[chosen[0]].cells if labels and labels[0].spelling is Spelling.TYPE else frozenset(),
    )
    others = tuple(column for column in labelled if column not in chosen) if layout.label_column == COARSE else ()
    return Reading(
        layout,
        shape,
        labels,
        others if wanted and options.label_column is None else (),
        texts.join if options.join == "auto" else options.join,
        texts.glued and options.join == "auto",
        texts.prefix,
        texts.numbered,
        texts.sentences,
        texts.tokens,
    )


def _of_key(layout: Layout, width: int | None) -> tuple[int, ...]:
    """The column of the labels that a feature holds, behind those of the file."""
    return () if layout.key is None or width is None else (width,)


def _label_column(column: int, rule: ColumnLabels, scheme: str, name: str) -> LabelColumn:
    spelling = rule.spelling(scheme)
    return LabelColumn(
        column,
        spelling,
        rule.scheme(spelling, name) if scheme == "auto" else scheme,
        rule.remedy,
        tuple(rule.like_outside) if spelling is Spelling.TYPE else (),
    )


class _Texts:
    """What the tokens of a file tell: how they are joined, and the prefix that all of them have."""

    def __init__(self) -> None:
        self.sentences = self.tokens = 0
        self.glued = False  # whether the file tells where no white space follows
        self._prefix = TokenPrefix()
        self._numbers = TokenNumbers()
        self._join, self._join_without_prefix = JoinRule(), JoinRule()

    def add(self, tokens: Sequence[str]) -> None:
        """Counts the tokens of a sentence."""
        self.sentences += bool(tokens)
        self.tokens += len(tokens)
        self._prefix.add(tokens)
        self._numbers.add(tokens)
        self._join.add(tokens)
        prefix = self._prefix.prefix
        if prefix:
            self._join_without_prefix.add([rest for token in tokens if (rest := token.removeprefix(prefix))])

    @property
    def prefix(self) -> str:
        """The prefix of all tokens; empty if they have none."""
        return self._prefix.prefix

    @property
    def numbered(self) -> bool:
        """Whether all tokens are a character and the number of its place in a word."""
        return self._numbers.are_numbers

    @property
    def join(self) -> str:
        """The way to join the tokens, without their prefix."""
        if self.glued:
            return "space"
        return (self._join_without_prefix if self.prefix else self._join).join


def _labelled(columns: Sequence[int], rows: Sequence[Row]) -> list[int]:
    """Those of the columns that hold only labels and marks for none; rows may be shorter if no labels are wanted."""
    return [
        column
        for column in columns
        if all(could_be_label(row.columns[column]) for row in rows if column < len(row.columns))
    ]
