"""Judges how well the first lines of a file fit a format, and tells columns with labels from plain text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import pairwise

from cascade.errors import FormatError
from data_formats.columns.blocks import CONLL, DOCUMENT_MARK, INDEXED, Layout, split_columns
from data_formats.columns.labels import OUTSIDE, is_label
from data_formats.columns.reading import INDEX
from data_formats.json_outline import outline
from data_formats.json_values import decode

# Least share of matching rows: a faulty row must not turn columns into text; the reader of columns then names its line.
MOST = 0.9
# No list has this many lines of one width that end in labels, half of them in O. Our choice: a tweet of so many words
# has no other sign.
MANY_ROWS = 10
CONLLU_COLUMNS = 10  # universaldependencies.org/format.html


class Fit(IntEnum):
    """How well lines fit a format, from not at all to certainly."""

    NONE = 0
    RATHER_TEXT = 1  # "Boeing B-17": every line ends in something like a label, but nothing else points to columns
    EITHER = 2
    SURE = 3


def fit_jsonl(head: Sequence[str]) -> Fit:
    """How well the first line that is not blank fits an object with a text.

    A list of objects, and an object over several lines, need entities as well.
    """
    try:
        row = decode(next((line for line in head if line.strip()), ""), "", 1)
    except FormatError:
        row = None
    if isinstance(row, dict):
        return _fit(isinstance(row.get("text"), str))
    found = outline(head)
    return _fit(found.keys >= {"text", "entities"} and found.has("text", begins='"'))


def fit_geic(head: Sequence[str]) -> Fit:
    """How well the lines fit the beginning of an object of objects."""
    return _fit(re.match(r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{', "\n".join(head)) is not None)


def is_json(head: Sequence[str]) -> bool:
    """Whether the lines look like any JSON, which should never be read as plain text."""
    return re.match(r'\s*(\{\s*("|$)|\[\s*\{)', "\n".join(head)) is not None


def fit_conllu(head: Sequence[str]) -> Fit:
    """How well the lines fit CoNLL-U: numbered tokens below its comments, or ten columns, the last without labels."""
    if any(re.match(r"#\s*(text|sent_id)\s*=", line) for line in head) and any(
        re.match(r"1(-[0-9]+)?\t[^\t]+\t", line) for line in head
    ):
        return Fit.SURE
    rows = [line.split("\t") for line in _row_lines(head)]
    numbered = bool(rows) and all(len(row) == CONLLU_COLUMNS and INDEX.fullmatch(row[0]) for row in rows)
    return _fit(numbered and not all(is_label(row[-1]) for row in rows))


def fit_indexed(head: Sequence[str]) -> Fit:
    """How well the lines fit rows that begin with a token's number and end in a label."""
    rows = [split_columns(line) for line in _row_lines(head)]
    numbered = _most(len(row) > 2 and row[0].isdecimal() and is_label(row[-1]) for row in rows) and rows[0][0] in (
        "0",
        "1",
    )
    return _against_text(head, INDEXED) if numbered and not fit_conllu(head) else Fit.NONE


def fit_conll(head: Sequence[str]) -> Fit:
    """How well the lines fit rows of a token and more columns that end in a label and are not numbered."""
    labelled = _most(len(row) > 1 and is_label(row[-1]) for row in map(split_columns, _row_lines(head)))
    return _against_text(head, CONLL) if labelled and not fit_indexed(head) and not fit_conllu(head) else Fit.NONE


def _against_text(head: Sequence[str], layout: Layout) -> Fit:
    """How certainly rows that end in labels are columns; a line of text may end in E-Mail, I-95 or Vitamin O as well.

    A -DOCSTART- line alone makes them columns. Otherwise SURE needs two or more rows of one width and a label O. If all
    columns are separated by tabs, the tokens must also be single words; if not, there must be two labels O and another
    sign. Without a label O, rows separated by blanks are rather text, and so is a single row.
    """
    lines = _row_lines(head)
    rows = [split_columns(line) for line in lines]
    [(width, count)] = Counter(map(len, rows)).most_common(1)
    alike = [row for row in rows if len(row) == width and is_label(row[-1])]
    if any(line.startswith(DOCUMENT_MARK) for line in head):
        return Fit.SURE
    if count < 2 or len(alike) < MOST * len(rows):
        return Fit.RATHER_TEXT
    outside = sum(row[-1] == OUTSIDE for row in alike)
    if all("\t" in line for line in lines):
        return Fit.SURE if outside and _most(" " not in row[layout.token].strip(" ") for row in alike) else Fit.EITHER
    if not outside:
        return Fit.RATHER_TEXT
    return Fit.SURE if outside > 1 and _more_signs(alike, layout.token) else Fit.EITHER


def _more_signs(rows: Sequence[Sequence[str]], token: int) -> bool:
    """Whether there are more signs of columns.

    Signs are: a label continues the type of the row before, punctuation stands alone in some rows, or there are many
    rows.
    """
    marks = sum(not any(map(str.isalnum, row[token])) for row in rows)
    return (
        any(
            _continues(before[column], row[column])
            for before, row in pairwise(rows)
            for column in range(token + 1, len(row))
        )
        or 0 < 2 * marks < len(rows)  # a mark in all rows would be a list's bullet
        or (len(rows) >= MANY_ROWS and 2 * sum(row[-1] == OUTSIDE for row in rows) >= len(rows))
    )


def _continues(before: str, label: str) -> bool:
    """Whether a label continues the entity of the label before it."""
    return (
        re.match(r"[IMEL]-", label) is not None and re.match(r"[BIM]-", before) is not None and before[1:] == label[1:]
    )


def _row_lines(head: Sequence[str]) -> list[str]:
    return [line for line in head if line.strip(" \t") and not line.startswith(("#", DOCUMENT_MARK))]


def _most(facts: Iterable[bool]) -> bool:
    """Whether nearly all are true; False if there are none."""
    known = list(facts)
    return bool(known) and sum(known) >= MOST * len(known)


def _fit(fits: bool) -> Fit:
    return Fit.SURE if fits else Fit.NONE
