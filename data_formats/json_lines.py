"""Our own format: JSON lines that hold documents without loss."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from cascade.document import Document, Entity
from cascade.errors import DocumentError, FormatError
from cascade.languages.identification import names_none
from data_formats.entity_words import check_words, states_words
from data_formats.identifiers import SeenIds, line_id, with_unique_ids
from data_formats.json_records import records
from data_formats.json_values import identifier_of, kept_text, shown, text_of
from data_formats.object_keys import ANNOTATION, UnknownKeys, missing
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.text_files import Source

_EXPECTED_ENTITIES = "expected a list of objects with 'start', 'end' and 'type', [] for a document without entities"
_KEYS = frozenset(("id", "text", "language", "lang", "entities", "tokens", "adapters", "fields"))
_ENTITY_KEYS = frozenset(("start", "end", "type", "text", "score", "alternatives", "unsure"))
LABELS_AS_TYPES = "entities whose type stands under 'label' (read as 'type')"
# keys in which corpora record where a document comes from
_PASSED_OVER = frozenset(("spacing", "partial", "meta", "source", "split", "licence"))


def read_jsonl(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of JSON lines, one object a line; a JSON list or objects over several lines are read too.

    An object is `{"id", "text", "language", "entities": [{"start", "end", "type", "text", "score"}], "tokens": [[start,
    end]], "adapters": [names], "fields": {}}`. Only "text" and "entities" are required: a document without entities has
    [], and a missing key is an error, because the file may be in another format. A document without an id is named by
    its line. `lang` is read if `language` names none. Empty lines are skipped; unknown keys are ignored and counted. It
    is an error if an entity's words differ from the text at its offsets (`entity_words`). options:
    `ReadOptions.entities` says whether entities are read; without them a string may stand in the place of an object.
    """
    seen, unknown = SeenIds(), UnknownKeys(report)
    known = _KEYS | _PASSED_OVER | (frozenset() if options.entities else ANNOTATION)
    for row, where, default_id in records(source, report):
        try:
            document = document_of_object(row, default_id, where, entities=options.entities, report=report)
            seen.add(document.id, where)
        except FormatError as error:
            report.set_aside(error, where, default_id, kept_text(row))
            continue
        if isinstance(row, dict):
            unknown.add(row, known, where, of="documents")
            for entity in row["entities"] if options.entities else ():
                read = {states_words(entity, document.text), "label" if _is_labelled(entity) else None}
                unknown.add(entity, _ENTITY_KEYS | {key for key in read if key}, where, of="entities")
        yield document


def write_jsonl(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes each document as one line without loss; only "tokens", "adapters" and "fields" may be absent."""
    for document in with_unique_ids(documents):
        stream.write(json.dumps(to_object(document), ensure_ascii=False) + "\n")
        report.wrote(len(document.entities))


def to_object(document: Document) -> dict[str, object]:
    """The object on a document's line, as `Document.to_dict` returns it."""
    return document.to_dict()


def from_object(row: object, where: str) -> Document:
    """The document of a decoded line; `where` starts error messages."""
    return document_of_object(row, line_id(1), where)


def document_of_object(
    row: object, default_id: str, where: str, *, entities: bool = True, report: Report | None = None
) -> Document:
    """The document of an object, called by `default_id` if it has no id; `where` starts error messages.

    Without `entities` a string is a document as well: its text. Entities with "label" in place of "type" are counted in
    `report`.
    """
    if isinstance(row, str) and not entities:
        row = {"text": row}
    if not isinstance(row, dict):
        expected = "expected one with 'text' and 'entities'" if entities else "expected one with 'text', or a string"
        raise FormatError(f"{where}: {shown(row)} is not an object; {expected}")
    if "text" not in row:
        expected = "'text' and 'entities'" if entities else "'text', or another key that --text-column names"
        raise FormatError(f"{where}: {missing('text', row, _KEYS)}; expected {expected}")
    text = text_of(row["text"], "'text'", where)
    identifier = row.get("id")
    try:
        document = Document(
            default_id if identifier is None else identifier_of(identifier, "'id'", where),
            text,
            _language(row, where),
            tuple(_entity(entity, text, where) for entity in _entities_of(row, where)) if entities else (),
            None
            if row.get("tokens") is None
            else tuple(_offsets(pair, where) for pair in _list(row["tokens"], "'tokens'", where)),
            tuple(
                text_of(name, "a name in 'adapters'", where) for name in _list(row.get("adapters"), "'adapters'", where)
            ),
            _fields(row.get("fields"), where),
        )
    except DocumentError as error:
        raise FormatError(f"{where}: {error}") from error
    if report is not None and entities:
        report.lose(LABELS_AS_TYPES, where, sum(map(_is_labelled, _entities_of(row, where))))
    return document


def _fields(value: object, where: str) -> dict[str, object] | None:
    if value is not None and not isinstance(value, dict):
        raise FormatError(f"{where}: 'fields' is {shown(value)}; expected an object")
    return value


def _language(row: dict[str, object], where: str) -> str | None:
    """The first of the two tags that names a language; if neither does, the first tag that is there."""
    tags = [text_of(row[key], repr(key), where) for key in ("language", "lang") if row.get(key) is not None]
    return next((tag for tag in tags if not names_none(tag)), tags[0] if tags else None)


def _entity(value: object, text: str, where: str) -> Entity:
    if not isinstance(value, dict):
        kind = f"; the list is as {_list_of(value)}" if isinstance(value, list) else ""
        raise FormatError(
            f"{where}: {shown(value)} is not an entity{kind}; expected an object with 'start', 'end' and 'type'"
        )
    for key in ("start", "end", "type"):
        if key not in value and not (key == "type" and _is_labelled(value)):
            raise FormatError(
                f"{where}: {missing(key, value, _ENTITY_KEYS, of='an entity')}; expected 'start', 'end' and 'type'"
            )
    score = value.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
        raise FormatError(f"{where}: the score {shown(score)} is no number; expected one in 0..1 or null")
    alternatives = tuple(
        _alternative(each, where) for each in _list(value.get("alternatives"), "'alternatives'", where)
    )
    unsure = value.get("unsure", False)
    if not isinstance(unsure, bool):
        raise FormatError(f"{where}: 'unsure' is {shown(unsure)}; expected true or false")
    key = "label" if _is_labelled(value) else "type"
    kind = text_of(value[key], f"an entity's {key!r}", where)
    entity = Entity(value["start"], value["end"], kind, score, alternatives, unsure)
    check_words(value, entity, text, where)
    return entity


def _is_labelled(value: object) -> bool:
    """Whether an entity has its type under "label", as those of spaCy have."""
    return isinstance(value, dict) and "type" not in value and isinstance(value.get("label"), str)


def _alternative(value: object, where: str) -> tuple[str, float]:
    if not isinstance(value, dict) or not isinstance(value.get("score"), int | float) or "type" not in value:
        raise FormatError(f"{where}: {shown(value)} is not an alternative; expected an object with 'type' and 'score'")
    return text_of(value["type"], "an alternative's 'type'", where), value["score"]


def _list_of(value: list[object]) -> str:
    """The format whose entities are such lists."""
    if value and isinstance(value[-1], list):
        return "brat's JSON has it"
    return "spaCy's training data has it, which --from spacy-json reads"


def _entities_of(row: dict[str, object], where: str) -> list[object]:
    if "entities" not in row:
        raise FormatError(f"{where}: {missing('entities', row, _KEYS)}; {_EXPECTED_ENTITIES}")
    value = row["entities"]
    if not isinstance(value, list):
        raise FormatError(f"{where}: 'entities' is {shown(value)}; {_EXPECTED_ENTITIES}")
    return value


def _list(value: object, what: str, where: str) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise FormatError(f"{where}: {what} is {shown(value)}; expected a list")
    return value


def _offsets(value: object, where: str) -> tuple[int, int]:
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(number, int) and not isinstance(number, bool) for number in value)
    ):
        return value[0], value[1]
    raise FormatError(f"{where}: {shown(value)} is not a token; expected [start, end]")
