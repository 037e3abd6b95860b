"""Documents and entities: immutable values whose constructors check the invariants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cascade.document.row_fields import unwritable
from cascade.errors import DocumentError, shown


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """A typed span of a document; `start` and `end` are character offsets, half-open.

    `score` is the probability of span and type, in [0, 1], or None for gold entities. `alternatives` are the likeliest
    types with their scores, best first, if they were asked for. `unsure` is whether the entity is less likely than the
    lowest score and is shown all the same, as was asked for. `text` is the document's text at the offsets; None while
    the entity is in no document.
    """

    start: int
    end: int
    type: str
    score: float | None = None
    alternatives: tuple[tuple[str, float], ...] = ()
    unsure: bool = False
    text: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name, value in (("start", self.start), ("end", self.end)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise DocumentError(f"entity {name} {value!r} is not an integer; expected a character offset")
        if not 0 <= self.start < self.end:
            raise DocumentError(
                f"entity offsets {self.start}..{self.end} are empty or negative; expected 0 <= start < end"
            )
        if not isinstance(self.type, str) or not self.type.strip():
            raise DocumentError(f"entity type {self.type!r} at {self.start}..{self.end} is empty; expected a type name")
        _refuse_surrogates(self.type, f"entity type at {self.start}..{self.end}")
        for name, score in self.alternatives:
            if not name.strip() or not 0.0 <= score <= 1.0:
                raise DocumentError(
                    f"entity alternative {(name, score)!r} at {self.start}..{self.end}; expected a type and a score "
                    "within 0..1"
                )
        if not isinstance(self.unsure, bool):
            raise DocumentError(
                f"entity {self.start}..{self.end} is unsure: {shown(self.unsure)}; expected true or false"
            )
        if self.score is not None and not (isinstance(self.score, int | float) and 0.0 <= self.score <= 1.0):
            raise DocumentError(f"entity score {self.score!r} at {self.start}..{self.end} is no number within 0..1")

    @property
    def span(self) -> tuple[int, int]:
        """The offsets (start, end)."""
        return self.start, self.end

    def to_dict(self) -> dict[str, Any]:
        """The entity's values by name; "alternatives" and "unsure" are there only if the entity has some or is."""
        row: dict[str, Any] = {"start": self.start, "end": self.end, "text": self.text, "type": self.type}
        row["score"] = self.score
        if self.alternatives:
            row["alternatives"] = [{"type": name, "score": score} for name, score in self.alternatives]
        if self.unsure:
            row["unsure"] = True
        return row


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its entities, sorted by (start, end, type); entities may nest, cross and repeat.

    `tokens` are the token offsets of the source if its format has them (column files), so that it can be written back
    unchanged; None for plain text. `adapters` are the names of the extractor and the classifier that found the
    entities, if they were chosen among several. `fields` are the further values of the document's row, if it comes from
    a table, by the names of their columns.
    """

    id: str
    text: str
    language: str | None = None
    entities: tuple[Entity, ...] = ()
    tokens: tuple[tuple[int, int], ...] | None = None
    adapters: tuple[str, ...] = ()
    fields: Mapping[str, Any] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not self.id:
            raise DocumentError(f"document id {self.id!r} is empty or not a string; expected a non-empty string")
        if not isinstance(self.text, str):
            raise DocumentError(f"document {self.id!r}: text is {type(self.text).__name__}, expected a string")
        _refuse_surrogates(self.id, f"document {self.id!r}: id")
        _refuse_surrogates(self.text, f"document {self.id!r}: text")
        if self.language is not None and not isinstance(self.language, str):
            raise DocumentError(
                f"document {self.id!r}: language {shown(self.language)} is no string; "
                "expected a code such as 'de', or None"
            )
        _refuse_surrogates(self.language or "", f"document {self.id!r}: language")
        if isinstance(self.adapters, str) or not all(isinstance(name, str) for name in self.adapters):
            raise DocumentError(f"document {self.id!r}: adapters are {self.adapters!r}; expected names of adapters")
        object.__setattr__(self, "adapters", tuple(self.adapters))
        for name in self.adapters:
            _refuse_surrogates(name, f"document {self.id!r}: adapters")
        if self.fields is not None and not isinstance(self.fields, Mapping):
            raise DocumentError(f"document {self.id!r}: fields are {shown(self.fields)}; expected values by name")
        if self.fields and (odd := unwritable(self.fields)):
            raise DocumentError(f"document {self.id!r}: fields hold {odd}")
        entities = tuple(self.entities) if isinstance(self.entities, Iterable) else (self.entities,)
        if wrong := [entity for entity in entities if not isinstance(entity, Entity)]:
            raise DocumentError(
                f"document {self.id!r}: {shown(wrong[0])} stands among the entities; "
                "expected values of the class Entity alone"
            )
        for entity in entities:
            if entity.end > len(self.text):
                raise DocumentError(
                    f"document {self.id!r}: entity {entity.start}..{entity.end} ({entity.type}) ends after the text's "
                    f"{len(self.text)} characters"
                )
        ordered = sorted(entities, key=lambda entity: (entity.start, entity.end, entity.type))
        object.__setattr__(self, "entities", tuple(_placed(entity, self.text) for entity in ordered))
        if self.tokens is not None:
            object.__setattr__(self, "tokens", tuple((start, end) for start, end in self.tokens))
            previous = 0
            for start, end in self.tokens:
                if not previous <= start < end <= len(self.text):
                    raise DocumentError(
                        f"document {self.id!r}: token {start}..{end} is empty, overlaps the one before or ends after "
                        "the text"
                    )
                previous = end

    def text_of(self, entity: Entity) -> str:
        """The entity's text, exactly as in the document."""
        return self.text[entity.start : entity.end]

    def to_dict(self) -> dict[str, Any]:
        """The document as one line of our JSON; "tokens", "adapters", "fields" and "alternatives" may be absent."""
        row: dict[str, Any] = {"id": self.id, "text": self.text, "language": self.language}
        row["entities"] = [entity.to_dict() for entity in self.entities]
        if self.tokens is not None:
            row["tokens"] = [list(token) for token in self.tokens]
        if self.adapters:
            row["adapters"] = list(self.adapters)
        if self.fields:
            row["fields"] = dict(self.fields)
        return row

    def with_entities(self, entities: Iterable[Entity], adapters: Iterable[str] = ()) -> Document:
        """A copy of the document with other entities, found by `adapters`."""
        return replace(self, entities=tuple(entities), adapters=tuple(adapters))

    def _repr_html_(self) -> str:
        """What notebooks show: the text with its entities in colours."""
        from cascade.document.view import View  # only where something is shown

        return View([self])._repr_html_()


def _placed(entity: Entity, text: str) -> Entity:
    """The entity with the document's text at its offsets."""
    there = text[entity.start : entity.end]
    return entity if entity.text == there else replace(entity, text=there)


def _refuse_surrogates(value: str, what: str) -> None:
    """Raises DocumentError for half of a UTF-16 pair, which JSON can spell but UTF-8 cannot."""
    if value.isascii():
        return
    position = next((index for index, character in enumerate(value) if "\ud800" <= character <= "\udfff"), None)
    if position is not None:
        raise DocumentError(
            f"{what} has a lone surrogate {value[position]!r} at {position}, which is not valid Unicode; repair the "
            "source's encoding"
        )
