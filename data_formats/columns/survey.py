"""A first pass over a column file: its width, its label columns and their schemes, and how tokens are joined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cascade.errors import FormatError
from data_formats.columns.blocks import DOCUMENT_MARK, Layout, Row, Shape, blocks, split_columns
from data_formats.columns.labels import OPTION_OF, OUTSIDE, SchemeRule, is_label
from data_formats.read_options import NO_LABELS, ReadOptions
from data_formats.spacing import JoinRule
from data_formats.text_files import Source


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
    """How a file is to be read: its rows, the label columns to read (from 0), their schemes, and the way to join."""

    shape: Shape
    labels: tuple[int, ...]
    schemes: tuple[str, ...]
    join: str


def survey(source: Source, layout: Layout, options: ReadOptions) -> Reading:
    """How to read the file, from a first pass over all of it; options other than 'auto' and None are kept as given."""
    source.keep()
    label_column = layout.label_column if options.label_column is None else options.label_column
    wanted = label_column != NO_LABELS
    width = width_of(source, layout, wanted=wanted)
    labelled = in_all = list(range(layout.token + 1, width or 0))
    rules = {column: SchemeRule() for column in labelled} if wanted else {}
    join_rule = JoinRule()
    # empty: there are no rows. sure: some rows cannot be comments; these then decide which columns hold labels.
    empty, sure = True, False
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
    given = None if options.scheme == "auto" else options.scheme
    schemes = tuple(given or rules[column].scheme(source.name) for column in chosen)
    holds_labels = wanted or ((width or 0) - 1 in labelled and not empty)
    return Reading(
        Shape(width, wanted, chosen or (-1,) if holds_labels else ()),
        chosen,
        schemes,
        join_rule.join if options.join == "auto" else options.join,
    )


def _labelled(columns: Sequence[int], rows: Sequence[Row]) -> list[int]:
    """Those of the columns that hold only labels; rows may be shorter if no labels are wanted."""
    return [
        column for column in columns if all(is_label(row.columns[column]) for row in rows if column < len(row.columns))
    ]


def _expected_labels(name: str, layout: Layout, width: int | None, asked: str | int | None) -> tuple[int, ...] | None:
    """The columns that will hold the labels, as far as this is known before the file is read (`Shape.labels`)."""
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
