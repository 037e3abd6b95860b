"""Regions of Label Studio: labelled spans of a text, among results of other kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cascade.document import Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.json_fields import (
    check_stated,
    entity_at,
    hint,
    list_of,
    member,
    number_of,
    object_of,
    score_of,
)
from data_formats.annotation_tools.losses import NOTES, RELATIONS, UNLABELLED
from data_formats.annotation_tools.offset_units import CODE_POINTS, INSIDE, places
from data_formats.json_values import shown, text_of
from data_formats.report import Report

_LABELS = "labels"  # the type of regions of <Labels>, and the key of their labels
_EXPECTED = "'start', 'end' and 'labels'"
_KEYS = frozenset(("start", "end", "text", _LABELS, "id", "score", "meta", "globalOffsets"))
_OTHER_SPACE = "regions that state other white space than the text has (read by their offsets)"
_OTHER_RESULTS = "results of the kind {kind!r}"


class Regions:
    """Reads the regions of a task's text as entities; what is no labelled span is counted by kind."""

    def __init__(self, text: str, report: Report, where: str, unit: str | None) -> None:
        self._text, self._report, self._where = text, report, where
        self._unit = unit or CODE_POINTS  # what the front end counts since October 2021
        self._places = places(text, self._unit)

    def entities(self, results: Iterable[object]) -> Iterator[Entity]:
        """The entities of the results of an annotation or a prediction: one for each label of each region."""
        for result in results:
            row = object_of(result, self._where, "a result with 'type' and 'value'")
            if row.get("type") == "relation":
                self._report.lose(RELATIONS, self._where)
                continue
            if row.get("meta"):
                self._report.lose(NOTES, self._where)
            value = row.get("value")
            if row.get("type") != _LABELS or not isinstance(value, dict):
                self._report.lose(_OTHER_RESULTS.format(kind=str(row.get("type"))), self._where)
                continue
            yield from self._of_value(value, score_of(row.get("score"), self._where))

    def of_values(self, values: Iterable[object]) -> Iterator[Entity]:
        """The entities of the values alone, as JSON-MIN has them."""
        for value in values:
            row = object_of(value, self._where, f"a region with {_EXPECTED}")
            yield from self._of_value(row, score_of(row.get("score"), self._where))

    def _of_value(self, value: Mapping[str, object], score: float | None) -> Iterator[Entity]:
        labels = list_of(value.get(_LABELS), "'labels'", self._where)
        start, end = (self._place(self._member(value, key), key) for key in ("start", "end"))
        if not labels:
            self._report.lose(UNLABELLED, self._where)
            return
        for label in labels:
            entity = entity_at(self._text, start, end, label, self._where, score=score, unit=self._unit)
            self._check(entity, value.get("text"))
            yield entity

    def _member(self, value: Mapping[str, object], key: str) -> object:
        return member(value, key, _KEYS, self._where, of="a region", expected=_EXPECTED)

    def _place(self, offset: object, key: str) -> int:
        number = number_of(offset, f"a region's {key!r}", self._where)
        if not 0 <= number < len(self._places) or self._places[number] == INSIDE:
            found = "cuts a character in two" if 0 <= number < len(self._places) else "is not in the text"
            raise FormatError(
                f"{self._where}: a region's {key!r} {shown(number)} {found} of {len(self._places) - 1} characters; "
                f"expected 0 to {len(self._places) - 1}{hint(self._text, self._unit)}"
            )
        return self._places[number]

    def _check(self, entity: Entity, said: object) -> None:
        """Raises FormatError if the region's own text is not the one at its offsets.

        The front end states a line break as a backslash and an n, and white space as the browser shows it: where only
        that differs, the region is counted.
        """
        if said is None:
            return
        stated = text_of(said, "a region's 'text'", self._where)
        there = self._text[entity.start : entity.end]
        if stated == there.replace("\r", "\\n").replace("\n", "\\n"):
            return
        if _without_space(stated) == _without_space(there) and stated != there:
            self._report.lose(_OTHER_SPACE, self._where)
        else:
            check_stated(self._text, entity, stated, self._where, unit=self._unit)


def _without_space(text: str) -> str:
    return "".join(text.replace("\\n", " ").split())
