"""Columns of a table that look like annotation: spans in their cells are read, and others are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cascade.document import Entity
from cascade.errors import DocumentError, FormatError
from data_formats.entity_words import check_words, states_words
from data_formats.json_values import shown
from data_formats.object_keys import UnknownKeys
from data_formats.report import Report
from data_formats.tables.cell_lists import listed

UNLABELLED = "spans without a label"
NOT_READ = "columns that look like annotation are not read: {column}"
# Names of such columns, in small letters: from Label Studio, spaCy, Hugging Face and published tables.
_SPANS = frozenset(
    "entities entity ents spans span label labels annotation annotations ner mentions entity_mentions named_entities "
    "denotations".split()
)
NAMES = _SPANS | frozenset("ner_tags ner_tags_str ner_labels iob_labels predictions prediction completions".split())
_START = ("start", "begin", "start_offset", "start_char", "startOffset")
_END = ("end", "stop", "end_offset", "end_char", "endOffset")
_TYPE = ("label", "labels", "type", "entity_type", "tag", "category", "entity_group")


def looks_like_annotation(column: str) -> bool:
    """Whether a column is called as columns of annotation are."""
    return column.strip().casefold() in NAMES


class AnnotationCells:
    """Reads the entities of rows: those of the first column whose cells are lists of spans.

    Spans are `{"start", "end", "label"}`, in JSON or as Python writes them, or `[start, end, label]`; offsets count
    characters. What stands in other columns that look like annotation is counted.
    """

    def __init__(self, report: Report) -> None:
        self._report, self._unknown = report, UnknownKeys(report)
        self.column: str | None = None  # the one that is read, once it is known

    def entities(self, cells: Mapping[str, Any], text: str, where: str, *, taken: frozenset[str]) -> tuple[Entity, ...]:
        """The entities of a row; taken: columns that hold something else.

        Raises FormatError for spans that are not in the text or state other words, and for what is no list of spans
        where the rows above have them.
        """
        found: tuple[Entity, ...] = ()
        for name, value in cells.items():
            if name in taken or not looks_like_annotation(name) or value is None or value in ("", []):
                continue
            spans = _spans(value) if self.column in (None, name) and name.strip().casefold() in _SPANS else None
            if spans is None and name == self.column:
                raise FormatError(
                    f"{where}: the column {shown(name)} has {shown(value)}; expected a list of spans with start, end "
                    "and label, as in the rows above"
                )
            if spans is None:
                self._report.lose(NOT_READ.format(column=shown(name)), where)
            elif spans:
                self.column = name
                found = self._report.each_once(
                    (each for span in spans for each in self._entities(span, text, where)), where
                )
        return found

    def _entities(self, span: Mapping[str, Any], text: str, where: str) -> list[Entity]:
        start_key, end_key, type_key = (_key(span, names) or "" for names in (_START, _END, _TYPE))
        start, end, types = span[start_key], span[end_key], span[type_key]
        if not 0 <= start < end <= len(text):
            raise FormatError(
                f"{where}: {start}..{end} is no span of the text of {len(text)} characters; expected 0 <= start < end "
                f"<= {len(text)}"
            )
        made = []
        try:
            for type_ in [types] if isinstance(types, str) else types:
                made.append(Entity(start, end, type_))
                check_words({**span, "type": type_}, made[-1], text, where)
        except DocumentError as error:
            raise FormatError(f"{where}: {error}") from error
        self._report.lose(UNLABELLED, where, not made)
        words = states_words({**span, "start": start, "end": end}, text)
        known = {start_key, end_key, type_key, "text", "id", words or "text"}
        self._unknown.add(span, known, where, of="spans")
        return made


def _spans(value: Any) -> Sequence[Mapping[str, Any]] | None:
    """The spans that a cell holds or spells; None if it is no list of them."""
    found = listed(value)
    if isinstance(found, Mapping) and set(found) == {"entities"}:
        found = found["entities"]
    if not isinstance(found, list):
        return None
    spans = [
        {"start": each[0], "end": each[1], "label": each[2]} if isinstance(each, list) and len(each) == 3 else each
        for each in found
    ]
    return spans if all(map(_is_span, spans)) else None


def _is_span(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    start, end, type_ = (value.get(_key(value, names) or "") for names in (_START, _END, _TYPE))
    whole = all(isinstance(each, int) and not isinstance(each, bool) for each in (start, end))
    return whole and (isinstance(type_, str) or (isinstance(type_, list) and all(isinstance(t, str) for t in type_)))


def _key(value: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in value), None)
