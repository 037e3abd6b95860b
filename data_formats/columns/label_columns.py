"""Which columns of a file hold the labels: those that the user names, that a header names, or that hold labels only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cascade.errors import FormatError
from data_formats.columns.column_names import column_asked
from data_formats.columns.headers import names_entities
from data_formats.columns.labels import OPTION_OF, OUTSIDE
from data_formats.columns.layouts import Layout
from data_formats.columns.spellings import ColumnLabels
from data_formats.read_options import NO_LABELS

_MOST_NAMED = 20  # columns in an error message


def expected_labels(name: str, layout: Layout, width: int | None, asked: str | int | None) -> tuple[int, ...] | None:
    """The columns that will hold the labels, as far as this is known before the file is read (`Shape.labels`)."""
    if asked == "all" or (width is None and asked is not None):
        return None
    return (-1,) if asked in (None, NO_LABELS) else _asked_columns(name, layout, width or 0, str(asked))


def chosen_columns(
    name: str,
    layout: Layout,
    width: int | None,
    labelled: Sequence[int],
    asked: str | int | None,
    rules: Mapping[int, ColumnLabels],
) -> tuple[int, ...]:
    """The columns whose labels are read, from 0.

    labelled: those that hold labels only. Raises FormatError for columns that are not there, and if it cannot be told
    which of several is meant.
    """
    if width is None:
        return ()
    if asked is None:
        return (_found_column(name, layout, width, labelled, rules),)
    if asked == "all":
        if not labelled:
            raise FormatError(
                f"{name}: no column holds labels only; expected {OUTSIDE} or B-, I- and the like before a type in all "
                "lines"
            )
        return tuple(labelled)
    return _asked_columns(name, layout, width, str(asked))


def _found_column(
    name: str, layout: Layout, width: int, labelled: Sequence[int], rules: Mapping[int, ColumnLabels]
) -> int:
    """The column that holds the labels, behind the token, or before it where no column behind it does."""
    behind = [column for column in labelled if column > layout.token]
    last_is_other = width - 1 not in rules or not rules[width - 1].has_labels  # a number or an id behind the label
    if not behind and last_is_other and len(labelled) == 1:
        return labelled[0]
    behind = behind or list(labelled)
    if len(behind) == 1 and last_is_other:
        return behind[0]
    if len(behind) > 1 and (last_is_other or len(behind) == width - layout.token - 1):
        named = [column for column in behind if column < len(layout.names) and names_entities(layout.names[column])]
        if len(named) == 1:
            return named[0]
        shown = ", ".join(str(column + 1) for column in behind[:_MOST_NAMED])
        shown += f" and {len(behind) - _MOST_NAMED} more" if len(behind) > _MOST_NAMED else ""
        choices = f"{behind[0] + 1}, {behind[-1] + 1} or all"
        raise FormatError(f"{name}: columns {shown} all hold labels; choose with --label-column {choices}, {OPTION_OF}")
    if layout.token == width - 1:
        raise FormatError(
            f"{name}: the token is the last column, {width}, and no column before it holds labels only; say which one "
            f"does with --label-column, {OPTION_OF}"
        )
    return width - 1


def _asked_columns(name: str, layout: Layout, width: int, asked: str) -> tuple[int, ...]:
    columns = []
    for text in asked.split(","):
        column = column_asked("label", text, width, layout.names)
        number = text.strip() if text.strip().lstrip("-").isdigit() else column + 1
        after = layout.token_at is None
        if not 0 <= column < width or column == layout.token or (after and column < layout.token):
            expected = "one after it" if after else "another one"
            raise FormatError(
                f"{name}: label column {number} is not there; the token is column {layout.token + 1} of {width}, "
                f"expected {expected}"
            )
        columns.append(column)
    return tuple(dict.fromkeys(columns))
