"""The parts of BioC documents, out of XML and out of JSON, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from cascade.errors import FormatError
from data_formats.annotation_tools.offset_units import offset_of
from data_formats.annotation_tools.xml_nodes import Node, xml_tree
from data_formats.identifiers import line_id
from data_formats.json_values import decode, shown, text_of
from data_formats.text_files import Source

Json = Mapping[str, object]
_DEEPEST = 10  # lists and collections around documents; real files have two


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation; `locations` are (offset, length) in characters of the document."""

    where: str
    infons: Mapping[str, str]
    text: str | None
    locations: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A passage or a sentence; its text is None if it stands in its sentences."""

    where: str
    offset: int
    text: str | None
    sentences: tuple[Part, ...]
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A document; `relations` and `infons` are their numbers, those of the parts among them."""

    where: str
    id: str
    parts: tuple[Part, ...]
    annotations: tuple[Annotation, ...]
    relations: int
    infons: int


def documents_in_xml(source: Source) -> Iterator[Whole]:
    """The documents of a BioC XML file."""
    root = xml_tree(source)
    if root.name != "collection":
        raise FormatError(f"{source.name}:{root.line}: the root is <{root.name}>; expected <collection> as in BioC")
    for node in root.all("document"):
        passages = list(node.all("passage"))
        inner = [node, *passages, *(sentence for passage in passages for sentence in passage.all("sentence"))]
        yield Whole(
            f"{source.name}:{node.line}",
            node.text_of("id") or line_id(node.line),
            tuple(_part(passage, source.name) for passage in passages),
            _annotations(node, source.name),
            sum(1 for each in inner for _ in each.all("relation")),
            sum(1 for each in inner for _ in each.all("infon")),
        )


def _part(node: Node, name: str) -> Part:
    where = f"{name}:{node.line}"
    sentences = tuple(_part(sentence, name) for sentence in node.all("sentence"))
    _check_levels(sentences, where)
    return Part(
        where,
        _whole_number(node.text_of("offset"), "offset", where),
        None if sentences and not node.text_of("text") else node.text_of("text") or "",
        sentences,
        _annotations(node, name),
    )


def _check_levels(sentences: tuple[Part, ...], where: str) -> None:
    if any(sentence.sentences for sentence in sentences):
        _refuse_levels(where)


def _refuse_levels(where: str) -> NoReturn:
    raise FormatError(f"{where}: a sentence holds sentences; expected passages, with sentences of text at most")


def _annotations(node: Node, name: str) -> tuple[Annotation, ...]:
    return tuple(
        Annotation(
            f"{name}:{each.line}",
            {infon.attributes.get("key", ""): infon.text for infon in each.all("infon")},
            each.text_of("text"),
            tuple(
                (
                    _whole_number(place.attributes.get("offset"), "offset", f"{name}:{place.line}"),
                    _whole_number(place.attributes.get("length"), "length", f"{name}:{place.line}"),
                )
                for place in each.all("location")
            ),
        )
        for each in node.all("annotation")
    )


def _whole_number(value: object, what: str, where: str) -> int:
    if isinstance(value, str) and (offset := offset_of(value)) is not None:
        return offset
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise FormatError(f"{where}: the {what} is {shown(value)}; expected a number of characters")


def documents_in_json(source: Source) -> Iterator[Whole]:
    """The documents of a BioC JSON file: a collection, a list of collections or documents, or a document a line."""
    text = source.text()
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for _, line in lines):
        rows: list[tuple[object, str]] = [
            (decode(line, source.name, number), f"{source.name}:{number}") for number, line in lines
        ]
    else:
        rows = [(decode(text, source.name, 1), source.name)]
    count = 0
    for value, where in rows:
        for row in _json_documents(value, where):
            count += 1
            yield _json_whole(row, where, count)


def _json_documents(value: object, where: str, level: int = 1) -> Iterator[Json]:
    """The documents in a value; PubTator's service lists them under its own name."""
    if level > _DEEPEST:
        raise FormatError(f"{where}: lists and collections stand in each other {level} deep; expected documents in one")
    if isinstance(value, list):
        for each in value:
            yield from _json_documents(each, where, level + 1)
    elif isinstance(value, dict) and "passages" in value:
        yield value
    elif isinstance(value, dict) and (found := [key for key in ("documents", "PubTator3") if key in value]):
        yield from _json_documents(_list(value, found[0], where), where, level + 1)
    else:
        raise FormatError(f"{where}: {shown(value)} is no part of BioC; expected 'documents', each with 'passages'")


def _json_whole(row: Json, where: str, number: int) -> Whole:
    identifier = row.get("id")
    name = str(identifier) if isinstance(identifier, str | int) and identifier != "" else f"document-{number}"
    where = f"{where}: document {name!r}"
    passages = _objects(row, "passages", where)
    inner = [row, *passages, *(sentence for passage in passages for sentence in _objects(passage, "sentences", where))]
    return Whole(
        where,
        text_of(name, "'id'", where),
        tuple(_json_part(passage, where) for passage in passages),
        _json_annotations(row, where),
        sum(len(_list(each, "relations", where)) for each in inner),
        sum(len(_object(each, "infons", where)) for each in inner),
    )


def _json_part(row: Json, where: str) -> Part:
    inner = _objects(row, "sentences", where)
    if any(sentence.get("sentences") for sentence in inner):
        _refuse_levels(where)
    sentences = tuple(_json_part(sentence, where) for sentence in inner)
    text = row.get("text")
    return Part(
        where,
        _whole_number(row.get("offset"), "offset", where),
        None if sentences and not text else text_of("" if text is None else text, "'text'", where),
        sentences,
        _json_annotations(row, where),
    )


def _json_annotations(row: Json, where: str) -> tuple[Annotation, ...]:
    found = []
    for number, each in enumerate(_objects(row, "annotations", where), start=1):
        place = f"{where}: annotation {each.get('id', number)!r}"
        text = each.get("text")
        found.append(
            Annotation(
                place,
                {key: str(value) for key, value in _object(each, "infons", place).items()},
                None if text is None else text_of(text, "'text'", place),
                tuple(
                    (_whole_number(at.get("offset"), "offset", place), _whole_number(at.get("length"), "length", place))
                    for at in _objects(each, "locations", place)
                ),
            )
        )
    return tuple(found)


def _object(row: Json, key: str, where: str) -> dict[str, object]:
    value = row.get(key) or {}
    if not isinstance(value, dict):
        raise FormatError(f"{where}: {key!r} is {shown(value)}; expected an object")
    return value


def _list(row: Json, key: str, where: str) -> list[object]:
    value = row.get(key) or []
    if not isinstance(value, list):
        raise FormatError(f"{where}: {key!r} is {shown(value)}; expected a list")
    return value


def _objects(row: Json, key: str, where: str) -> list[dict[str, object]]:
    values = _list(row, key, where)
    if wrong := [value for value in values if not isinstance(value, dict)]:
        raise FormatError(f"{where}: {shown(wrong[0])} stands in {key!r}; expected objects")
    return [value for value in values if isinstance(value, dict)]
