"""Fields of the JSON objects that annotation tools write; errors name the place, the field and what was expected."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cascade.document import Document, Entity
from cascade.errors import DocumentError, FormatError
from data_formats.annotation_tools.losses import ODD_LANGUAGES
from data_formats.annotation_tools.offset_units import CODE_POINTS, UTF_16
from data_formats.annotation_tools.utf16 import is_beyond_bmp
from data_formats.json_records import Record
from data_formats.json_values import identifier_of, shown, text_of
from data_formats.object_keys import missing
from data_formats.report import Report

_AS_BLANKS = str.maketrans("\t\r\n", "   ")


def object_of(value: object, where: str, expected: str) -> dict[str, object]:
    """The value as an object; `expected` says what it should be."""
    if isinstance(value, dict):
        return value
    raise FormatError(f"{where}: {shown(value)} is not an object; expected {expected}")


def list_of(value: object, what: str, where: str) -> list[object]:
    """The value as a list; null stands for an empty one."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise FormatError(f"{where}: {what} is {shown(value)}; expected a list")


def number_of(value: object, what: str, where: str) -> int:
    """The value as an integer."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise FormatError(f"{where}: {what} is {shown(value)}; expected an integer")


def inclusive_span(value: object, size: int, *, of: str, expected: str, where: str) -> tuple[int, int, object]:
    """The first place, the last one and the type of `[first, last, type]`, where the last is part of the entity.

    size: how many places there are; of: what each of them is, such as a token; expected: how the list should look.
    """
    if not isinstance(value, list) or len(value) != 3:
        raise FormatError(f"{where}: {shown(value)} is not an entity; expected {expected}")
    first, last = (number_of(each, f"a {of}'s index", where) for each in value[:2])
    if not 0 <= first <= last < size:
        raise FormatError(
            f"{where}: the entity {shown(value)} is not within the {size} {of}s; expected 0 <= first <= last, both "
            "included"
        )
    return first, last, value[2]


def score_of(value: object, where: str) -> float | None:
    """The value as a score, or None."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1):
        return value
    raise FormatError(f"{where}: the score is {shown(value)}; expected a number within 0..1 or null")


def member(
    row: Mapping[str, object], key: str, known: Collection[str], where: str, *, of: str, expected: str
) -> object:
    """The value of a key that has to be there; `of` names the object."""
    if key in row:
        return row[key]
    raise FormatError(f"{where}: {missing(key, row, known, of=of)}; expected {expected}")


def text_field(row: Mapping[str, object], key: str, known: Collection[str], where: str, *, expected: str) -> str:
    """The document's text under a key."""
    return text_of(member(row, key, known, where, of="the object", expected=expected), repr(key), where)


def id_of(value: object, record: Record) -> str:
    """An id as documents hold it: a number becomes its digits; without one, the record's own."""
    if value is None or value == "":
        return record.id
    return identifier_of(value, "the id", record.where)


def language_of(row: Mapping[str, object], report: Report, where: str) -> str | None:
    """The value of "language"; what is no text is counted."""
    value = row.get("language")
    report.lose(ODD_LANGUAGES, where, value is not None and not isinstance(value, str))
    return value if isinstance(value, str) else None


def entity_at(
    text: str,
    start: object,
    end: object,
    type_: object,
    where: str,
    *,
    score: float | None = None,
    unit: str | None = None,
) -> Entity:
    """The entity at code point offsets; raises FormatError if they are not in the text.

    unit: the unit in which the file counts, where it could be another one.
    """
    first, last = number_of(start, "an entity's start", where), number_of(end, "an entity's end", where)
    if not 0 <= first < last <= len(text):
        raise FormatError(
            f"{where}: the entity {first}..{last} is not in the text of {len(text)} characters; "
            f"expected 0 <= start < end <= {len(text)}{hint(text, unit)}"
        )
    try:
        return Entity(first, last, text_of(type_, "an entity's type", where), score)
    except DocumentError as error:
        raise FormatError(f"{where}: {error}") from error


def check_stated(text: str, entity: Entity, stated: str, where: str, *, unit: str | None = None) -> None:
    """Raises FormatError if the text at the entity's offsets is another than the one that the file states.

    Tabs and line breaks may be stated as blanks: formats that are made of lines have no other way.
    """
    there = text[entity.start : entity.end]
    if stated not in (there, there.translate(_AS_BLANKS)):
        raise FormatError(
            f"{where}: the entity at {entity.start}..{entity.end} says {shown(stated)}, the text there is "
            f"{shown(there)}; expected the same{hint(text, unit)}"
        )


def hint(text: str, unit: str | None) -> str:
    """What to try where offsets do not fit and the text has characters that units count differently."""
    if unit is None or not is_beyond_bmp(text):
        return ""
    other = UTF_16 if unit == CODE_POINTS else CODE_POINTS
    return (
        f". The text has characters beyond U+FFFF: if the file counts them in other units, read it with --offsets "
        f"{other} of python -m data_formats"
    )


def document_of(
    identifier: str,
    text: str,
    entities: tuple[Entity, ...],
    where: str,
    *,
    language: str | None = None,
    tokens: tuple[tuple[int, int], ...] | None = None,
) -> Document:
    """The document; what it refuses becomes a FormatError with the place."""
    try:
        return Document(identifier, text, language, entities, tokens)
    except DocumentError as error:
        raise FormatError(f"{where}: {error}") from error


def count_present(row: Mapping[str, object], kinds: Mapping[str, str], report: Report, where: str) -> None:
    """Counts what stands under keys that hold a known kind of annotation; `kinds` maps keys to kinds of loss."""
    for key, kind in kinds.items():
        value = row.get(key)
        report.lose(kind, where, len(value) if isinstance(value, list | dict) else value not in (None, ""))
