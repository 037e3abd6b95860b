"""How well the first lines of a file fit a format, and what tells columns with labels from plain text."""

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
from data_formats.json_values import decode

MOST = 0.9  # of the rows: a faulty one does not make text of columns, whose reader then names its line
# no list has so many lines of one width that end in labels, half of them in O: our choice, as a tweet of so many words
# has no other sign
MANY_ROWS = 10
CONLLU_COLUMNS = 10  # universaldependencies.org/format.html


class Fit(IntEnum):
    """How well lines fit a format, from not at all to without doubt."""

    NONE = 0
    RATHER_TEXT = 1  # "Boeing B-17": every line ends in what looks like a label, but nothing else speaks for columns
    EITHER = 2
    SURE = 3


def fit_jsonl(head: Sequence[str]) -> Fit:
    """Whether the first line that is not blank is an object with a text."""
    try:
        row = decode(next((line for line in head if line.strip()), ""), "", 1)
    except FormatError:
        return Fit.NONE
    return _fit(isinstance(row, dict) and isinstance(row.get("text"), str))


def fit_geic(head: Sequence[str]) -> Fit:
    """Whether an object of objects begins."""
    return _fit(re.match(r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{', "\n".join(head)) is not None)


def is_json(head: Sequence[str]) -> bool:
    """Whether this looks like JSON of some kind, which nobody wants to be read as text."""
    return re.match(r'\s*(\{\s*("|$)|\[\s*\{)', "\n".join(head)) is not None


def fit_conllu(head: Sequence[str]) -> Fit:
    """Whether tokens are numbered below CoNLL-U's comments, or in its ten columns, the last one without labels."""
    if any(re.match(r"#\s*(text|sent_id)\s*=", line) for line in head) and any(
        re.match(r"1(-[0-9]+)?\t[^\t]+\t", line) for line in head
    ):
        return Fit.SURE
    rows = [line.split("\t") for line in _row_lines(head)]
    numbered = bool(rows) and all(len(row) == CONLLU_COLUMNS and INDEX.fullmatch(row[0]) for row in rows)
    return _fit(numbered and not all(is_label(row[-1]) for row in rows))


def fit_indexed(head: Sequence[str]) -> Fit:
    """Whether rows begin with a token's number and end in a label."""
    rows = [split_columns(line) for line in _row_lines(head)]
    numbered = _most(len(row) > 2 and row[0].isdecimal() and is_label(row[-1]) for row in rows) and rows[0][0] in (
        "0",
        "1",
    )
    return _against_text(head, INDEXED) if numbered and not fit_conllu(head) else Fit.NONE


def fit_conll(head: Sequence[str]) -> Fit:
    """Whether rows of a token and more end in a label, and are not numbered."""
    labelled = _most(len(row) > 1 and is_label(row[-1]) for row in map(split_columns, _row_lines(head)))
    return _against_text(head, CONLL) if labelled and not fit_indexed(head) and not fit_conllu(head) else Fit.NONE


def _against_text(head: Sequence[str], layout: Layout) -> Fit:
    """How surely rows that end in labels are columns: a line of text may end in E-Mail, I-95 or Vitamin O.

    Sure: two rows or more of one width, and a label O.  Where not all columns stand between tabs, two labels O and
    another sign as well; where they do, tokens of one word each.  A -DOCSTART- line is enough.  Without a label O, rows
    between blanks are rather text, and so is a single row.
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
    """Whether a label goes on with the type of the row before, punctuation stands alone here and there, or there are
    many rows.
    """
    marks = sum(not any(map(str.isalnum, row[token])) for row in rows)
    return (
        any(
            _continues(before[column], row[column])
            for before, row in pairwise(rows)
            for column in range(token + 1, len(row))
        )
        or 0 < 2 * marks < len(rows)  # in all rows it is a list's bullet
        or (len(rows) >= MANY_ROWS and 2 * sum(row[-1] == OUTSIDE for row in rows) >= len(rows))
    )


def _continues(before: str, label: str) -> bool:
    """Whether a label goes on with the entity that the one before has begun or gone on with."""
    return (
        re.match(r"[IMEL]-", label) is not None and re.match(r"[BIM]-", before) is not None and before[1:] == label[1:]
    )


def _row_lines(head: Sequence[str]) -> list[str]:
    return [line for line in head if line.strip(" \t") and not line.startswith(("#", DOCUMENT_MARK))]


def _most(facts: Iterable[bool]) -> bool:
    """Whether nearly all are true; not where there is none."""
    known = list(facts)
    return bool(known) and sum(known) >= MOST * len(known)


def _fit(fits: bool) -> Fit:
    return Fit.SURE if fits else Fit.NONE
