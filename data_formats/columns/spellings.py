"""How a file spells its labels (B-PER, b-per, PER-B, or PER alone), and the labels that its cells stand for."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import lru_cache

from cascade.errors import FormatError
from data_formats.columns.labels import OPTIONS_OF, OUTSIDE, REMEDY, SchemeRule, Span, decoded, is_label

# Cells without a label: spaCy writes "-" for what cannot be aligned, some UNER files have it, "0" is a typing error.
OUTSIDE_MARKS = ("-", "0", "_")
TYPES_ALONE = "io"  # the scheme of labels without B- and I-
_SMALL = re.compile(r"o|[biesmluw]-.+", re.DOTALL)
_SUFFIX = re.compile(r".+-[BIESMLUW]", re.DOTALL)
_BETWEEN_LABELS = re.compile(r"[;|,/+]")
_BETWEEN_TYPES = re.compile(r"[;|]")
_MOST_LABELS = 5000  # no taxonomy has so many types; a column with more kinds of cells holds words
_FIRST = ("B-", "I-", "S-", "U-", "O")  # what e-mail and other types with hyphens do not begin with
# B_PER, PER/B, B alone, NER=B-PER: labels in a spelling that is not read; as types they would be wrong without a word
_LIKE_LABEL = re.compile(r"[BIESMLUW]([_:./|#].*)?|.*[_:./|#][BIESMLUW]|.*=.*", re.DOTALL | re.IGNORECASE)
_LIKE_OUTSIDE = frozenset("other none out outside null nil".split())
# Words of a text of n words are more different than 10 * sqrt(n) (Heaps' law); a short text hardly repeats any.
_MOST_TYPES = 3.0
_MANY_WORDS = 10  # different cells that an error message may call words


class Spelling(Enum):
    """The four spellings; each value says how a label of type PER begins an entity."""

    PREFIX = "B-PER"
    SMALL = "b-per"
    SUFFIX = "PER-B"
    TYPE = "PER"

    def label(self, cell: str) -> str:
        """The label that a cell with one label stands for, with its letter in front; a cell that has none, unchanged.

        Types alone become I- labels: a run of one type is an entity.
        """
        if self is Spelling.SMALL and _SMALL.fullmatch(cell):
            return cell[0].upper() + cell[1:]
        if self is Spelling.SUFFIX and _SUFFIX.fullmatch(cell):
            return f"{cell[-1]}-{cell[:-2]}"
        if self is Spelling.TYPE and cell.strip() and not is_label(cell):
            return f"I-{cell}"
        return cell

    def labels(self, cell: str) -> tuple[str, ...]:
        """The labels of a cell: one, or several as in B-Chemical;B-Gene; marks for no label become O."""
        return _labels(self, cell)

    def is_label(self, cell: str) -> bool:
        """Whether a cell holds a label in this spelling."""
        return is_label(self.label(cell))


@lru_cache(maxsize=65536)  # files repeat few labels
def _labels(spelling: Spelling, cell: str) -> tuple[str, ...]:
    if cell in OUTSIDE_MARKS:
        return (OUTSIDE,)
    parts = (_BETWEEN_TYPES if spelling is Spelling.TYPE else _BETWEEN_LABELS).split(cell)
    labels = tuple(spelling.label(part.strip()) for part in parts)
    return labels if len(parts) > 1 and all(map(is_label, labels)) else (spelling.label(cell),)


def in_one_label(type_: str) -> str:
    """The type with blanks in the place of what stands between labels, if a cell with it would be read as several."""
    if len(Spelling.PREFIX.labels(f"B-{type_}")) == 1:
        return type_
    return " ".join(_BETWEEN_LABELS.sub(" ", type_).split())


@lru_cache(maxsize=65536)
def could_be_label(cell: str) -> bool:
    """Whether a cell could hold a label, in a spelling other than types alone, or a mark for none."""
    return cell in OUTSIDE_MARKS or any(
        spelling.is_label(cell) for spelling in (Spelling.PREFIX, Spelling.SMALL, Spelling.SUFFIX)
    )


class ColumnLabels:
    """All that a column's cells tell: how its labels are spelled, and which scheme they follow."""

    def __init__(self) -> None:
        self._cells: Counter[str] = Counter()
        self._prefixed = False
        self._rules = {spelling: SchemeRule() for spelling in (Spelling.PREFIX, Spelling.SMALL, Spelling.SUFFIX)}

    def add(self, cells: Sequence[str]) -> None:
        """Counts the cells of a sentence."""
        self._cells.update(cells)
        self._prefixed = self._prefixed or any(cell != OUTSIDE and is_label(cell) for cell in cells)
        different = set(cells)
        if len(self._cells) > _MOST_LABELS or different == {OUTSIDE}:
            return
        for spelling, rule in self._rules.items():
            if spelling is Spelling.PREFIX or not self._prefixed:
                labels = {cell: _labels(spelling, cell) for cell in different}
                if any(is_label(label) for each in labels.values() for label in each):
                    rule.add([labels[cell] for cell in cells])

    @property
    def cells(self) -> frozenset[str]:
        """The different cells."""
        return frozenset(self._cells)

    @property
    def has_labels(self) -> bool:
        """Whether some cell is a label for certain, if only O."""
        return any(could_be_label(cell) and cell not in OUTSIDE_MARKS for cell in self._cells)

    def spelling(self, scheme: str) -> Spelling:
        """The spelling of the labels; PREFIX if they have none that can be told, so that `decoded` refuses them.

        scheme: the one that the user names, or auto. Types alone are read if most cells are O, or if the scheme is io
        and the column has few different cells; never if a cell looks like a label of an unknown spelling.
        """
        values = self._values
        if not values or self._prefixed or len(values) > _MOST_LABELS:
            return Spelling.PREFIX
        if scheme == TYPES_ALONE:
            return Spelling.TYPE if self._could_be_types else Spelling.PREFIX
        for spelling in (Spelling.SMALL, Spelling.SUFFIX):
            labels = [label for cell in values for label in spelling.labels(cell)]
            if all(map(is_label, labels)) and any(label.startswith(_FIRST) for label in labels):
                return spelling
        mostly_outside = 2 * self._cells[OUTSIDE] >= self._cells.total()
        return Spelling.TYPE if mostly_outside and not self._strange else Spelling.PREFIX

    @property
    def _values(self) -> list[str]:
        """The different cells that are no mark for no label."""
        return [cell for cell in self._cells if cell not in (OUTSIDE, *OUTSIDE_MARKS)]

    @property
    def _strange(self) -> str | None:
        """A cell that looks like a label of an unknown spelling."""
        return next((value for value in self._values if _LIKE_LABEL.fullmatch(value) or not value.strip()), None)

    @property
    def _are_few(self) -> bool:
        """Whether the column has few different cells for its length, as types have and words have not."""
        values, total = len(self._values), self._cells.total()
        outside = sum(self._cells[mark] for mark in (OUTSIDE, *OUTSIDE_MARKS))
        most = _MOST_TYPES * math.sqrt(total)
        return values <= most and (2 * values <= total or 4 * outside >= total)

    @property
    def _could_be_types(self) -> bool:
        return self._are_few and self._strange is None

    @property
    def like_outside(self) -> list[str]:
        """Cells that look like a mark for no entity, in a column without O."""
        return [] if self._cells[OUTSIDE] else [cell for cell in self._values if cell.casefold() in _LIKE_OUTSIDE]

    @property
    def remedy(self) -> str:
        """What to do about a cell that is no label: the scheme io is named only where types could stand alone."""
        where = "Fix the file, say where its labels are with --label-column (none: nowhere)"
        like = next((cell for cell in self._values if cell.casefold() in _LIKE_OUTSIDE), None)
        hint = f" {like!r} looks like the mark for no entity, which is {OUTSIDE} here." if like else ""
        if self._prefixed:
            return REMEDY + hint
        if self._could_be_types:
            return f"{where}, or read types alone with --scheme io: {OPTIONS_OF}.{hint}"
        if not self._are_few and len(self._values) >= _MANY_WORDS:
            return f"{REMEDY} The {len(self._values):,} different values of the column are words rather than types."
        return REMEDY + hint

    def scheme(self, spelling: Spelling, name: str) -> str:
        """The scheme of labels in this spelling; raises FormatError, with the file's name, if there is none."""
        return TYPES_ALONE if spelling is Spelling.TYPE else self._rules[spelling].scheme(name)


def decoded_cells(
    cells: Iterable[str],
    spelling: Spelling,
    scheme: str,
    *,
    repair: str | None,
    place: Callable[[int], str],
    remedy: str = REMEDY,
) -> list[Span]:
    """The spans of a sentence's cells, as `labels.decoded` finds them; where cells hold several, a type is a layer."""
    labels = [spelling.labels(cell) for cell in cells]
    if all(len(each) == 1 for each in labels):
        return decoded([label for [label] in labels], scheme, repair=repair, place=place, remedy=remedy)
    for position, each in enumerate(labels):
        if len({label[2:] for label in each}) < len(each):
            raise FormatError(
                f"{place(position)}: the labels {', '.join(map(repr, each))} of one token have one type twice; "
                "expected one label of each type"
            )
    types = dict.fromkeys(label[2:] for each in labels for label in each if label != OUTSIDE)
    spans: list[Span] = []
    for type_ in types:
        layer = [next((label for label in each if label[2:] == type_), OUTSIDE) for each in labels]
        spans += decoded(layer, scheme, repair=repair, place=place, remedy=remedy)
    return sorted(spans)
