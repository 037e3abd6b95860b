"""The tokens of a sentence's text: its rows, and in CoNLL-U the words of a contraction together."""

from __future__ import annotations

from typing import NamedTuple

from cascade.errors import FormatError
from data_formats.columns.blocks import Block, Row
from data_formats.columns.headers import INDEX
from data_formats.columns.layouts import Layout
from data_formats.columns.misc_column import feature, is_glued


class Unit(NamedTuple):
    """A token of the text: its form and the rows of its words; a contraction has several, and a row of its own."""

    line: int
    form: str
    rows: list[Row]
    contraction: Row | None = None


def units_of(block: Block, layout: Layout, name: str) -> list[Unit]:
    """The tokens of a sentence; raises FormatError for indices that have gaps, with the file's name.

    Where a feature holds the labels and the row of a contraction alone has it, as Stanza writes it, this row stands for
    the words.
    """
    token = layout.token
    if not layout.indexed:
        return [Unit(row.line, row.columns[token], [row]) for row in block.rows]
    units: list[Unit] = []
    expected: int | None = None
    last_of_contraction = -1
    for row in block.rows:
        index = INDEX.fullmatch(row.columns[0])
        if index is None:
            raise FormatError(
                f"{name}:{row.line}: {row.columns[0]!r} is not a token's index; expected a number in the first column"
            )
        number = int(index["number"])
        if index["empty_node"]:
            continue
        if expected is None and number not in (0, 1) or expected is not None and number != expected:
            wanted = "0 or 1" if expected is None else str(expected)
            raise FormatError(
                f"{name}:{row.line}: index {number} where {wanted} is due; expected an empty line between sentences "
                "and indices without gaps"
            )
        if index["last"]:
            units.append(Unit(row.line, row.columns[token], [], row))
            last_of_contraction, expected = int(index["last"]), number
            continue
        if number <= last_of_contraction:
            units[-1].rows.append(row)
        else:
            units.append(Unit(row.line, row.columns[token], [row]))
        expected = number + 1
    return units if layout.key is None else [_with_label(unit, layout.misc, layout.key) for unit in units]


def _with_label(unit: Unit, misc: int | None, key: str) -> Unit:
    """The unit, with the contraction's row in the place of its words if it alone has the feature."""
    own = unit.contraction
    if own is None or feature(own.columns, misc, key) is None:
        return unit
    if any(feature(row.columns, misc, key) is not None for row in unit.rows):
        return unit
    return Unit(unit.line, unit.form, [own])


def labelled_rows(block: Block, layout: Layout, name: str) -> list[Row]:
    """The rows that hold the labels of a sentence."""
    return [row for unit in units_of(block, layout, name) for row in unit.rows]


def is_followed_closely(unit: Unit, misc: int | None) -> bool:
    """Whether no white space follows the token, as the file says it of its row or of its last word."""
    rows = unit.rows[-1:] if unit.contraction is None else [unit.contraction]
    return any(is_glued(row.columns, misc) for row in rows)
