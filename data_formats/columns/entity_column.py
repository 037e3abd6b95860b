"""Where the labels of CoNLL-U stand: UNER's third column, a column that CoNLL-U Plus names, or a feature in MISC."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from cascade.errors import FormatError
from data_formats.columns.labels import OPTIONS_OF, is_label
from data_formats.columns.layouts import MISC, Layout
from data_formats.columns.misc_column import feature, label_keys
from data_formats.columns.spellings import OUTSIDE_MARKS, could_be_label
from data_formats.json_values import shown
from data_formats.read_options import NO_LABELS, ReadOptions
from data_formats.text_files import Source

_NAMES = re.compile(r".*(?:NE|NER|:ENT)", re.IGNORECASE)  # PARSEME:NE, CONLL:NER
_UNER = 2  # the column of the labels in UNER, from 0
_ROWS = 2000  # rows that tell whether it holds labels


def with_labels(source: Source, layout: Layout, options: ReadOptions) -> Layout:
    """The layout with the place of the labels, if the user names none; a feature is named as columns are.

    Raises FormatError if there are no labels, or several features hold them.
    """
    asked = options.label_column
    if asked is not None:
        known = asked in ("all", NO_LABELS) or re.fullmatch(r"[-0-9, ]+", str(asked)) or _is_name(str(asked), layout)
        return layout if known else _with_feature(source, layout, str(asked))
    named = [name for name in layout.names if _NAMES.fullmatch(name)]
    if named:
        return replace(layout, label_column=named[0])
    first = list(islice(_rows(source, layout), _ROWS))
    if not first or (not layout.names and _holds_labels([row[_UNER] for row in first if len(row) > _UNER])):
        return layout
    keys = {} if layout.misc is None else label_keys(_rows(source, layout), layout.misc)
    holding = [key for key, values in keys.items() if all(map(could_be_label, values)) and any(map(is_label, values))]
    if len(holding) == 1:
        return replace(layout, key=holding[0])
    if len(holding) > 1:
        raise FormatError(
            f"{source.name}: the features {', '.join(holding)} of MISC all hold labels; choose with --label-column "
            f"{holding[0]}: {OPTIONS_OF}"
        )
    return layout if _may_be_uner(first, layout) else _refused(source.name, layout, keys, first)


def _is_name(asked: str, layout: Layout) -> bool:
    return all(name.strip().casefold() in map(str.casefold, layout.names) for name in asked.split(","))


def _with_feature(source: Source, layout: Layout, key: str) -> Layout:
    if any(feature(row, layout.misc, key) is not None for row in _rows(source, layout)):
        return replace(layout, key=key, label_column=None)
    return layout


def _rows(source: Source, layout: Layout) -> Iterator[list[str]]:
    lines = (line for _, line in source.lines() if line.strip(" \t") and not line.startswith("#"))
    return (layout.cells(line) for line in lines)


def _holds_labels(cells: list[str]) -> bool:
    """Whether half of a column's cells or more are labels, some of them for certain; words may look like some."""
    certain = sum(could_be_label(cell) and cell not in OUTSIDE_MARKS for cell in cells)
    return certain > 0 and 2 * sum(map(could_be_label, cells)) >= len(cells)


def _may_be_uner(rows: list[list[str]], layout: Layout) -> bool:
    """Whether rows are as short as UNER's, with a third column whose cells could be labels that are faulty."""
    return not layout.names and all(len(row) <= MISC for row in rows)


def _refused(name: str, layout: Layout, keys: Mapping[str, set[str]], rows: list[list[str]]) -> Layout:
    found = "".join(f"; {key}= holds {shown(sorted(values)[0])}" for key, values in keys.items())
    columns = (
        f"none of the columns {', '.join(layout.names)} is named as they are (NE, NER, :ENT)"
        if layout.names
        else f"column {_UNER + 1} holds {shown(rows[0][_UNER])}"
    )
    raise FormatError(
        f"{name}: no entity labels: {columns}, and MISC has no feature such as NER=B-PER{found}. Name the column or "
        "the feature that holds them with --label-column, or read the text alone with --label-column none: "
        f"{OPTIONS_OF}"
    )
