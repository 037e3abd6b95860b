"""Judges how well the first lines of a file fit a format, and tells columns with labels from plain text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import pairwise

from cascade.errors import FormatError
from data_formats.columns.arrangement import holds_sentence_rows, labels_first
from data_formats.columns.blocks import DOCUMENT_MARK
from data_formats.columns.headers import INDEX, header_of
from data_formats.columns.labels import OUTSIDE, is_label
from data_formats.columns.layouts import CONLL, INDEXED, Layout, split_columns
from data_formats.columns.spellings import OUTSIDE_MARKS, Spelling, could_be_label
from data_formats.json_outline import outline
from data_formats.json_values import decode

# Least share of matching rows: a faulty row must not turn columns into text; the reader of columns then names its line.
MOST = 0.9
# No list has this many lines of one width that end in labels, half of them in O. Our choice: a tweet of so many words
# has no other sign.
MANY_ROWS = 10
FEW_ROWS = 4  # fewer lines of one width, a third of them in O, are no sign of anything
_OUTSIDE = (OUTSIDE, OUTSIDE.lower(), *OUTSIDE_MARKS)
# the beginning of a list of strings, or an empty list
_STRINGS = re.compile(r'\s*\[(?:\s*"(?:[^"\\\n]|\\.)*"\s*[,\]]|\s*\]\s*$)')
_ODD_LABEL = re.compile(r"O|[BIESMLUW][-_].+")
_FEW_COLUMNS, _FEWEST_LINES = 12, 3
_ALIKE = 0.8  # share of lines of one width; a token that is itself a comma or a bar makes a line wider
CONLLU_COLUMNS = 10  # universaldependencies.org/format.html


class Fit(IntEnum):
    """How well lines fit a format, from not at all to certainly."""

    NONE = 0
    RATHER_TEXT = 1  # "Boeing B-17": every line ends in something like a label, but nothing else points to columns
    EITHER = 2
    SURE = 3


def fit_jsonl(head: Sequence[str]) -> Fit:
    """How well the first line that is not blank fits an object with a text.

    So may a list of objects, an object over several lines, a list of strings, and lines that are strings.
    """
    try:
        row = decode(next((line for line in head if line.strip()), ""), "", 1)
    except FormatError:
        row = None
    if isinstance(row, dict):
        return _fit(isinstance(row.get("text"), str))
    if _STRINGS.match("\n".join(head)):
        return Fit.SURE
    lines = [line for line in head if line.strip()]
    if isinstance(row, str):
        return _fit(len(lines) > 1 and all(map(_is_string, lines)))
    return _fit(outline(head).has("text", begins='"'))


def _is_string(line: str) -> bool:
    try:
        return isinstance(decode(line, "", 1), str)
    except FormatError:
        return False


def fit_geic(head: Sequence[str]) -> Fit:
    """How well the lines fit the beginning of an object of objects."""
    return _fit(re.match(r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{', "\n".join(head)) is not None)


def is_json(head: Sequence[str]) -> bool:
    """Whether the lines look like any JSON, which should never be read as plain text."""
    text = "\n".join(head)
    return re.match(r'\s*(\{\s*("|$)|\[\s*\{)', text) is not None or _STRINGS.match(text) is not None


def fit_conllu(head: Sequence[str]) -> Fit:
    """How well the lines fit CoNLL-U: numbered tokens below its comments, or ten columns, the last without labels.

    CoNLL-U Plus names its columns in the first line.
    """
    if head and head[0].startswith("# global.columns"):
        return Fit.SURE
    if any(re.match(r"#\s*(text|sent_id)\s*=", line) for line in head) and any(
        re.match(r"1(-[0-9]+)?\t[^\t]+\t", line) for line in head
    ):
        return Fit.SURE
    rows = [line.split("\t") for line in _row_lines(head)]
    numbered = bool(rows) and all(len(row) == CONLLU_COLUMNS and INDEX.fullmatch(row[0]) for row in rows)
    return _fit(numbered and not all(is_label(row[-1]) for row in rows))


def fit_indexed(head: Sequence[str]) -> Fit:
    """How well the lines fit rows that begin with a token's number and have a column of labels."""
    rows = [split_columns(line) for line in _row_lines(head)]
    numbered = _most(len(row) > 2 and row[0].isdecimal() for row in rows) and rows[0][0] in ("0", "1")
    return _against_text(rows, head, INDEXED) if numbered and not fit_conllu(head) else Fit.NONE


def fit_conll(head: Sequence[str]) -> Fit:
    """How well the lines fit rows of a token and more columns, one with labels, that are not numbered."""
    rows = [split_columns(line) for line in _row_lines(head)]
    if fit_indexed(head) or fit_conllu(head):
        return Fit.NONE
    return max(_against_text(rows, head, CONLL), _in_another_order(rows, head))


def _in_another_order(rows: Sequence[Sequence[str]], head: Sequence[str]) -> Fit:
    """How certainly rows hold the label before the token, or a sentence and its labels."""
    if labels_first(rows):
        tabs = all("\t" in line for line in _row_lines(head))
        return Fit.SURE if tabs and len(rows) >= MANY_ROWS else Fit.EITHER
    if not holds_sentence_rows(rows):
        return Fit.NONE
    return Fit.SURE if all(len(row[0].split()) == len(row[1].split()) for row in rows) else Fit.EITHER


def refuse_odd_columns(head: Sequence[str], name: str, format_option: str) -> None:
    """Raises FormatError for lines that fit no format and yet could be columns: with other separators, or other labels.

    They are cut into a few single words each, nearly as many in all lines, and one word of a line looks like a label.
    """
    lines = _row_lines(head)
    for mark in ",;|\t" if len(lines) >= _FEWEST_LINES else "":
        rows = [line.split(mark) for line in lines]
        [(width, count)] = Counter(map(len, rows)).most_common(1)
        if not 1 < width <= _FEW_COLUMNS or count < _ALIKE * len(rows):
            continue
        alike = [row for row in rows if len(row) == width]
        if _most(not any(" " in cell for cell in row) and any(map(_ODD_LABEL.fullmatch, row)) for row in alike):
            instead = "" if mark == "\t" else f"; for columns put tabs in the place of {mark!r} first"
            raise FormatError(
                f"{name}: the first lines could be plain text or columns with labels; name the format with "
                f"{format_option}: text, {CONLL.name}{instead}"
            )


def asked_columns(head: Sequence[str]) -> Layout:
    """The layout of a file that is of columns because the user names one: indexed if its rows begin with 0 or 1, 2."""
    numbers = [split_columns(line)[0] for line in _row_lines(head)]
    return INDEXED if numbers[:1] in (["0"], ["1"]) and _most(map(str.isdecimal, numbers)) else CONLL


def _against_text(rows: Sequence[Sequence[str]], head: Sequence[str], layout: Layout) -> Fit:
    """How certainly rows have a column of labels; a line of text may end in E-Mail, I-95 or Vitamin O as well.

    The last column decides, and if it holds no labels, any other does, as long as the rows have one width.
    """
    fit = _labels_at(-1, rows, head, layout)
    if fit or not rows:
        return fit
    [(width, count)] = Counter(map(len, rows)).most_common(1)
    if count < max(2, MOST * len(rows)):
        return Fit.NONE
    alike = [row for row in rows if len(row) == width]
    others = [_labels_at(column, alike, head, layout) for column in range(layout.token + 1, width - 1)]
    if Fit.SURE in others:
        return Fit.SURE
    return Fit.EITHER if Fit.EITHER in others and len(rows) >= FEW_ROWS else _types_alone(alike, layout)


def _labels_at(column: int, rows: Sequence[Sequence[str]], head: Sequence[str], layout: Layout) -> Fit:
    """How certainly a column holds labels with B- and the like, in any spelling, or marks for no label beside them.

    A -DOCSTART- line alone makes them columns. Otherwise SURE needs two or more rows of one width and a label O. If all
    columns are separated by tabs, the tokens must also be single words; if not, there must be two labels O and another
    sign. Without a label O, rows separated by blanks are rather text, and so is a single row.
    """
    cells = [row[column] if len(row) > layout.token + 1 else "" for row in rows]
    if not _most(map(could_be_label, cells)) or not any(map(_is_certain_label, cells)):
        return Fit.NONE
    if any(line.startswith(DOCUMENT_MARK) for line in head):
        return Fit.SURE
    [(width, count)] = Counter(map(len, rows)).most_common(1)
    alike = [row for row in rows if len(row) == width and could_be_label(row[column])]
    if count < 2 or len(alike) < MOST * len(rows):
        return Fit.RATHER_TEXT
    outside = sum(row[column] in _OUTSIDE for row in alike)
    if all("\t" in line for line in _row_lines(head)):
        return Fit.SURE if outside and _most(" " not in row[layout.token].strip(" ") for row in alike) else Fit.EITHER
    if not outside:
        return Fit.RATHER_TEXT
    return Fit.SURE if outside > 1 and _more_signs(alike, layout.token, column) else Fit.EITHER


def _is_certain_label(cell: str) -> bool:
    return cell not in OUTSIDE_MARKS and could_be_label(cell)


def _types_alone(rows: Sequence[Sequence[str]], layout: Layout) -> Fit:
    """How certainly the last column holds types without B- and I-, or marks for no label; all rows are as wide.

    Many rows, most of them O, are columns. With fewer rows, or with another mark than O, it cannot be told.
    """
    cells = Counter(row[-1] for row in rows)
    outside = sum(cells[mark] for mark in _OUTSIDE)
    if len(rows[0]) <= layout.token + 1 or len(rows) < FEW_ROWS or 3 * outside < len(rows):
        return Fit.NONE
    if len(rows) < MANY_ROWS or 2 * outside < len(rows):
        return Fit.EITHER if 3 * cells[OUTSIDE] >= len(rows) else Fit.NONE
    return Fit.SURE if cells[OUTSIDE] == outside else Fit.EITHER


def _more_signs(rows: Sequence[Sequence[str]], token: int, column: int) -> bool:
    """Whether there are more signs of columns.

    Signs are: a label continues the type of the row before, punctuation stands alone in some rows, or there are many
    rows.
    """
    marks = sum(not any(map(str.isalnum, row[token])) for row in rows)
    return (
        any(
            _continues(before[place], row[place])
            for before, row in pairwise(rows)
            for place in range(token + 1, len(row))
        )
        or 0 < 2 * marks < len(rows)  # a mark in all rows would be a list's bullet
        or (len(rows) >= MANY_ROWS and 2 * sum(row[column] in _OUTSIDE for row in rows) >= len(rows))
    )


def _continues(before: str, label: str) -> bool:
    """Whether a label continues the entity of the label before it."""
    for spelling in (Spelling.PREFIX, Spelling.SMALL, Spelling.SUFFIX):
        first, second = spelling.label(before), spelling.label(label)
        if re.match(r"[IMEL]-", second) and re.match(r"[BIM]-", first) and first[1:] == second[1:]:
            return True
    return False


def _row_lines(head: Sequence[str]) -> list[str]:
    lines = [line for line in head if line.strip(" \t") and not line.startswith(("#", DOCUMENT_MARK))]
    return lines[1:] if header_of([split_columns(line) for line in lines]) else lines


def _most(facts: Iterable[bool]) -> bool:
    """Whether nearly all are true; False if there are none."""
    known = list(facts)
    return bool(known) and sum(known) >= MOST * len(known)


def _fit(fits: bool) -> Fit:
    return Fit.SURE if fits else Fit.NONE
