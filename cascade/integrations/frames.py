"""Columns and frames of pandas and polars: entity lists beside the texts, or a row for each entity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cascade.errors import IntegrationError, shown
from cascade.integrations.column_reading import Rows, RowShape, read_column
from cascade.integrations.optional_packages import optional_package

if TYPE_CHECKING:
    from cascade import Cascade, Taxonomy

    Types = Taxonomy | Mapping[str, Any] | Sequence[str] | None

OF_ENTITIES = ("start", "end", "entity", "type", "score")  # columns of an exploded frame
_PANDAS = dict(zip(OF_ENTITIES, ("int64", "int64", "str", "str", "float64"), strict=True))
_PANDAS |= {"alternatives": "object", "unsure": "bool"}


def annotate_column(ner: Cascade, column: Any, types: Types = None, **options: Any) -> Any:
    """The entity lists of a column of texts: a series of pandas or polars gives one of its kind, others give a list.

    A series of pandas keeps its index.  Missing values (None, NaN, NA) have empty lists.  options: of `Cascade.stream`.
    """
    if isinstance(column, str | bytes | Mapping) or type(column).__name__ in ("DataFrame", "LazyFrame"):
        raise IntegrationError(
            f"the column is a {type(column).__name__}; expected a series or a list of texts. A frame's column is "
            "frame['text'], and annotate_frame reads a frame"
        )
    name = getattr(column, "name", None)
    called = "the column" if name is None else f"column {name!r}"
    found = read_column(ner, column, column=called, types=types, **options).entities
    package = type(column).__module__.partition(".")[0] if type(column).__name__ == "Series" else ""
    if package == "pandas":
        return pandas_series(found, column.index, "entities")
    if package == "polars":
        return polars_series(found, "entities", RowShape.of(options))
    return found


def annotate_frame(
    ner: Cascade,
    frame: Any,
    text_column: str = "text",
    types: Types = None,
    *,
    entities_column: str = "entities",
    **options: Any,
) -> Any:
    """A new frame of the same kind with a column more: each text's entities, as a list of dicts.

    Missing values have empty lists.  options: of `Cascade.stream`.  Raises IntegrationError for what is no frame and
    for a column that is not there, or is there already.
    """
    package = _package_of(frame)
    _check_columns(frame, text_column, (entities_column,))
    read = _read(ner, frame, text_column, types, options)
    if package == "pandas":
        return frame.assign(**{entities_column: pandas_series(read, frame.index, entities_column)})
    return frame.with_columns(polars_series(read, entities_column, RowShape.of(options)))


def exploded_frame(ner: Cascade, frame: Any, text_column: str = "text", types: Types = None, **options: Any) -> Any:
    """A new frame of the same kind with an entity a row: all columns of its text's row, those of OF_ENTITIES, and, with
    the options top_k and unsure_from, `alternatives` and `unsure`.

    Rows without an entity are left out; rows of pandas keep the index of their text.
    """
    package = _package_of(frame)
    shape = RowShape.of(options)
    made = [*OF_ENTITIES, *(["alternatives"] if shape.alternatives else []), *(["unsure"] if shape.unsure else [])]
    _check_columns(frame, text_column, made)
    read = _read(ner, frame, text_column, types, options)
    places = [row for row, entities in enumerate(read) for _ in entities]
    found = [entity for entities in read for entity in entities]
    columns = {name: [entity["text" if name == "entity" else name] for entity in found] for name in made}
    if package == "pandas":
        pandas = optional_package("pandas", "frames", "a frame of pandas")
        rows = frame.iloc[places]
        return rows.assign(
            **{name: pandas.Series(values, index=rows.index, dtype=_PANDAS[name]) for name, values in columns.items()}
        )
    polars = optional_package("polars", "frames", "a frame of polars")
    kinds = _polars_kinds(polars) | {"entity": polars.String}
    return frame[places].with_columns(polars.Series(name, values, kinds[name]) for name, values in columns.items())


def pandas_series(entities: Sequence[Rows], index: Any, name: str) -> Any:
    """A series of pandas that holds a list of dicts in each row."""
    pandas = optional_package("pandas", "frames", "a column of pandas")
    return pandas.Series(list(entities), index=index, name=name, dtype=object)


def polars_series(entities: Sequence[Rows], name: str, shape: RowShape) -> Any:
    """A series of polars whose rows are lists of structs, of one type also where no entity was found."""
    polars = optional_package("polars", "frames", "a column of polars")
    left_out = {"alternatives"} if not shape.alternatives else set()
    left_out |= {"unsure"} if not shape.unsure else set()
    fields = {name: kind for name, kind in _polars_kinds(polars).items() if name not in left_out}
    return polars.Series(name, list(entities), dtype=polars.List(polars.Struct(fields)))


def _polars_kinds(polars: Any) -> dict[str, Any]:
    """The type of each value of an entity, by its name in a list of entities."""
    kinds = {"start": polars.Int64, "end": polars.Int64, "text": polars.String, "type": polars.String}
    kinds["score"] = polars.Float64
    kinds["alternatives"] = polars.List(polars.Struct({"type": polars.String, "score": polars.Float64}))
    return kinds | {"unsure": polars.Boolean}


def _read(ner: Cascade, frame: Any, text_column: str, types: Types, options: Mapping[str, Any]) -> list[Rows]:
    values = frame[text_column]
    return read_column(ner, values, column=f"column {text_column!r}", types=types, **options).entities


def _package_of(frame: Any) -> str:
    package = type(frame).__module__.partition(".")[0]
    if package not in ("pandas", "polars") or type(frame).__name__ != "DataFrame":
        remedy = ". Call collect() on it first" if type(frame).__name__ == "LazyFrame" else ""
        raise IntegrationError(
            f"the frame is {type(frame).__module__}.{type(frame).__name__}; expected a DataFrame of pandas or "
            f"polars{remedy}"
        )
    return package


def _check_columns(frame: Any, text_column: str, made: Sequence[str]) -> None:
    there = list(frame.columns)
    if there.count(text_column) != 1:
        count = "no column" if text_column not in there else "more than one column"
        raise IntegrationError(
            f"the frame has {count} {text_column!r} among {shown(there)}; expected one that holds the texts"
        )
    if taken := [name for name in made if name in there]:
        raise IntegrationError(
            f"the frame has a column {taken[0]!r} already, which the entities would replace; rename it first"
        )
