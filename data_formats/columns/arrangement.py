"""How the columns of a file are arranged, as its first rows tell: a header, the token's place, ids, whole sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from cascade.errors import FormatError
from data_formats.columns.blocks import DOCUMENT_MARK
from data_formats.columns.column_names import column_asked
from data_formats.columns.headers import COARSE, header_of, names_ids, token_named
from data_formats.columns.labels import OPTION_OF, OUTSIDE, is_label
from data_formats.columns.layouts import CONLLU, Layout, RowForm, split_columns
from data_formats.columns.leading import FEW_ROWS, Kind, kind_of
from data_formats.columns.spellings import could_be_label
from data_formats.read_options import ReadOptions
from data_formats.text_files import Source

_ROWS = 2000  # rows that tell how a file is arranged
_COLUMNS_LINE = "# global.columns"  # universaldependencies.org/ext-format.html: the first line of CoNLL-U Plus
_SHOWN = 3
_LEAST_SINGLE = 0.25  # share of rows with one label; fewer have lost one, where others have several


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The first rows of a file, without comments; the line of the first; which of them follow an empty line."""

    rows: list[list[str]]
    line: int | None
    begins: list[bool]

    @property
    def separated(self) -> bool:
        """Whether empty lines stand between rows."""
        return any(self.begins)

    @property
    def repeats(self) -> bool:
        """Whether rows of a sentence begin with the same cell rather than with an index."""
        cells = self.column(0)
        pairs = [pair for pair, begins in zip(pairwise(cells), self.begins[1:], strict=True) if not begins]
        return len(pairs) > 1 and 2 * sum(before == cell for before, cell in pairs) > len(pairs)

    @property
    def without_first(self) -> FirstRows:
        """The rows below a header."""
        return FirstRows(self.rows[1:], self.line, [False, *self.begins[2:]])

    def column(self, column: int) -> list[str]:
        """The cells of a column; rows that are too short are left out."""
        return [row[column] for row in self.rows if column < len(row)]

    @property
    def width(self) -> int:
        """The most common number of columns."""
        return Counter(map(len, self.rows)).most_common(1)[0][0] if self.rows else 0


def arranged(source: Source, layout: Layout, options: ReadOptions) -> Layout:
    """The layout of this file; raises FormatError if the column of the tokens cannot be told."""
    if layout.comments_begin_lines:
        layout = _with_global_columns(source, layout)
    first = _first_rows(source)
    if not layout.comments_begin_lines and (names := header_of(first.rows)):
        layout = _with_header(replace(layout, names=names, header=first.line), options)
        first = first.without_first
    if not first.rows:
        return layout
    if options.token_column is not None:
        layout = _with_token(source.name, layout, first, options.token_column)
    elif layout.token_at is None and not layout.comments_begin_lines:
        layout = _found(source.name, layout, first)
    return layout if layout.indexed or layout.name == CONLLU.name else _with_ids(layout, first)


def _first_rows(source: Source) -> FirstRows:
    first = FirstRows([], None, [])
    blank = False
    for number, line in source.lines():
        if not line.strip(" \t"):
            blank = bool(first.rows)
        elif not line.startswith(("#", DOCUMENT_MARK)):
            first = first if first.rows else replace(first, line=number)
            first.rows.append(split_columns(line))
            first.begins.append(blank)
            blank = False
            if len(first.rows) == _ROWS:
                break
    return first


def _with_global_columns(source: Source, layout: Layout) -> Layout:
    """The layout with the columns that CoNLL-U Plus names in its first line."""
    line = next((line for _, line in islice(source.lines(), 1)), "")
    name, equals, value = line.partition("=")
    if name.strip() != _COLUMNS_LINE or not equals:
        return layout
    names = value.split()
    if "FORM" not in names or "ID" in names[1:]:
        raise FormatError(f"{source.name}:1: the columns are {value.strip()!r}; expected FORM, and ID first if at all")
    return replace(
        layout,
        names=tuple(names),
        indexed=names[0] == "ID",
        token_at=names.index("FORM"),
        misc=names.index("MISC") if "MISC" in names else None,
        label_column=None,
    )


def _with_header(layout: Layout, options: ReadOptions) -> Layout:
    """The layout with what a header names: the token, and in HIPE's files the flags."""
    token = token_named(layout.names)
    if token is not None and token != layout.token and options.token_column is None:
        layout = replace(layout, indexed=False, token_at=token)
    if COARSE in layout.names and "MISC" in layout.names:
        layout = replace(layout, misc=layout.names.index("MISC"), label_column=COARSE)
    return layout


def _with_token(name: str, layout: Layout, first: FirstRows, asked: str | int) -> Layout:
    """The layout with the column of the tokens that the user names; the first column stays an index if it is one."""
    width = len(layout.names) or first.width
    token = column_asked("token", asked, width, layout.names)
    if not 0 <= token < width:
        raise FormatError(f"{name}: token column {asked} is not there; the rows have {width} columns")
    if layout.name == CONLLU.name:
        return replace(layout, token_at=token, indexed=layout.indexed and token > 0)
    if token == layout.token and not first.repeats:
        return layout
    return replace(layout, token_at=token, indexed=False)


def _found(name: str, layout: Layout, first: FirstRows) -> Layout:
    """The layout as the rows themselves tell it."""
    if not layout.indexed and labels_first(first.rows):
        if first.width > 2:
            places = ", ".join(map(str, range(2, first.width + 1)))
            raise FormatError(
                f"{name}: column 1 holds the labels; say which column holds the tokens with --token-column: {places}, "
                f"{OPTION_OF}"
            )
        return replace(layout, token_at=1, label_column=1)
    if not layout.indexed and (form := _form(first)) is not RowForm.TOKEN:
        return replace(layout, form=form)
    if layout.indexed and first.repeats:
        layout = replace(layout, indexed=False, token_at=1)
    _refuse_ids(name, layout, first)
    return layout


def labels_first(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the label stands before the token: all first cells are labels, and most last cells are none."""
    if len(rows) < FEW_ROWS or len({len(row) for row in rows}) != 1 or len(rows[0]) < 2:
        return False
    return all(is_label(row[0]) for row in rows) and 2 * sum(could_be_label(row[-1]) for row in rows) < len(rows)


def _form(first: FirstRows) -> RowForm:
    """Whether rows hold a sentence each, or several labels of a token."""
    if holds_sentence_rows(first.rows):
        return RowForm.SENTENCE
    single = sum(len(row) == 2 for row in first.rows)
    labels = [row[1:] for row in first.rows]
    layers = all(each and all(map(is_label, each)) for each in labels) and _LEAST_SINGLE * len(labels) <= single
    several = any(sum(label != OUTSIDE for label in each) > 1 for each in labels)
    return RowForm.LAYERS if layers and several else RowForm.TOKEN


def holds_sentence_rows(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows hold a sentence each: words in the first of two columns, labels in the second, blanks between."""
    cells = [row[1].split() for row in rows if len(row) == 2]
    return (
        bool(cells)
        and len(cells) == len(rows)
        and any(len(row[0].split()) > 1 and len(row[1].split()) > 1 for row in rows)
        and all(labels and all(map(is_label, labels)) for labels in cells)
    )


def _refuse_ids(name: str, layout: Layout, first: FirstRows) -> None:
    """Raises FormatError if ids or numbers stand where the tokens should, and another column could hold these."""
    cells = first.column(layout.token)
    kind = kind_of(cells)
    if first.width < layout.token + 3 or kind is Kind.OTHER:
        return
    others = {column: first.column(column) for column in range(layout.token + 1, first.width)}
    places = [
        str(column + 1)
        for column, others_cells in others.items()
        if not all(map(could_be_label, others_cells)) and kind_of(others_cells) is Kind.OTHER
    ] or [str(column + 1) for column in others]
    shown = ", ".join(map(repr, cells[:_SHOWN]))
    raise FormatError(
        f"{name}: column {layout.token + 1}, where tokens are expected, holds {kind.value}: {shown}; say which column "
        f"holds the tokens with --token-column: {', '.join(places)}, {OPTION_OF}"
    )


def _with_ids(layout: Layout, first: FirstRows) -> Layout:
    """The layout with the columns before the token that tell sentences, where no empty lines do."""
    if first.separated or not layout.token:
        return layout
    before = [column for column in range(layout.token) if not any(map(is_label, first.column(column)))]
    kinds = {column: kind_of(first.column(column), few=3) for column in before}
    named = {column for column in before if layout.names and names_ids(layout.names[column])}
    return replace(
        layout,
        ids=tuple(column for column in before if column in named or kinds[column] is Kind.ID),
        numbers=tuple(column for column in before if column not in named and kinds[column] is Kind.NUMBER),
    )
