"""Columns of texts, with missing values among them, read by a cascade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

from cascade.errors import DocumentError, shown

if TYPE_CHECKING:
    from cascade import Cascade, Document, Entity, Taxonomy

Rows = list[dict[str, Any]]  # the entities of one text
_PANDAS_MISSING = ("NAType", "NaTType")  # told by their names, so that pandas need not be imported


def is_missing(value: object) -> bool:
    """Whether a table has no text there: None, NaN, or what pandas calls NA and NaT."""
    if value is None or type(value).__name__ in _PANDAS_MISSING:
        return True
    return isinstance(value, Real | Decimal) and bool(value != value)  # numpy's own bool otherwise


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """The entities of each text of a column, as dicts; `missing` is the number of values without a text."""

    entities: list[Rows]
    missing: int


def read_column(
    ner: Cascade,
    values: Iterable[object],
    *,
    column: str,
    types: Taxonomy | Mapping[str, Any] | Sequence[str] | None = None,
    **options: Any,
) -> ReadColumn:
    """The entities of each value of a column, in order; those of missing values are empty lists.

    column: what errors call it.  options: of `Cascade.stream`.  Raises DocumentError for a value that is neither a text
    nor missing.
    """
    given = list(values)
    for row, value in enumerate(given):
        if not isinstance(value, str) and not is_missing(value):
            raise DocumentError(
                f"{column}, row {row} (from 0): found {type(value).__name__} {shown(value)}; expected a text, or a "
                "missing value such as None or NaN. Turn the column into texts first"
            )
    texts = [value for value in given if isinstance(value, str)]
    found = iter(ner.stream(texts, types, **options))
    shape = RowShape.of(options)
    rows = [shape.rows(next(found)) if isinstance(value, str) else [] for value in given]
    list(found)  # to its end, so that all is counted
    return ReadColumn(rows, len(given) - len(texts))


@dataclass(frozen=True, slots=True)
class RowShape:
    """Which values each entity has: the same for all, as columns of tables have one type."""

    alternatives: bool
    unsure: bool

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> RowShape:
        """The shape that options of `Cascade.stream` lead to."""
        return cls(options.get("top_k") is not None, options.get("unsure_from") is not None)

    def rows(self, document: Document) -> Rows:
        """The entities of a document, in order."""
        return [self.row(entity) for entity in document.entities]

    def row(self, entity: Entity) -> dict[str, Any]:
        """An entity's values by name."""
        values: dict[str, Any] = {
            "start": entity.start,
            "end": entity.end,
            "text": entity.text,
            "type": entity.type,
            "score": entity.score,
        }
        if self.alternatives:
            values["alternatives"] = [{"type": name, "score": score} for name, score in entity.alternatives]
        if self.unsure:
            values["unsure"] = entity.unsure
        return values
