"""CascadeNER's GEIC JSON: sentences with their entities as strings, without offsets."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.identifiers import SeenIds, with_unique_ids
from data_formats.json_outline import outline
from data_formats.json_values import decode_at, shown, text_of
from data_formats.object_keys import ANNOTATION, UnknownKeys, looks_like, missing
from data_formats.other_tools import told_by_outline
from data_formats.read_options import ReadOptions
from data_formats.report import MOVED_ENTITIES, UNLOCATED_ENTITIES, Report
from data_formats.spacing import cuts_words
from data_formats.text_files import Source

GAP = re.compile(r"[ \t\r\n]*")
_LOOKED_AT = 100_000  # characters that tell another tool's file
KEYS = ("sentence", "entity", "category")


def read_geic(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of a GEIC file; the keys of its JSON object are the ids.

    The file holds `{"sentence1": {"sentence": "...", "entity": ["..."], "category": ["..."]}, ...}`. `located` finds
    the offsets of the entity strings. Strings that are not found are counted, and so are unknown keys. options:
    `ReadOptions.entities` says whether entities are read. The file's text is held in memory; its sentences are decoded
    one after the other.
    """
    text = source.text()
    found = outline([text[:_LOOKED_AT]])
    if (told := told_by_outline(found)) is not None:
        raise FormatError(f"{source.name}: {told}")
    seen, unknown = SeenIds(), UnknownKeys(report)
    known = frozenset(KEYS) | (frozenset() if options.entities else ANNOTATION)
    for line, identifier, value in _members(text, source.name):
        where = f"{source.name}:{line}: {identifier!r}"
        seen.add(text_of(identifier, "the key", where), f"{source.name}:{line}")
        if not identifier.strip():
            raise FormatError(f"{where}: the key is empty; expected one such as 'sentence1'")
        if not isinstance(value, dict):
            raise FormatError(f"{where} is {shown(value)}; expected an object with 'sentence', 'entity' and 'category'")
        sentence = text_of(_member(value, "sentence", where), "'sentence'", where)
        unknown.add(value, known, where, of="sentences")
        yield Document(
            identifier, sentence, entities=tuple(_entities(value, sentence, report, where)) if options.entities else ()
        )


def _entities(value: Mapping[str, object], sentence: str, report: Report, where: str) -> Iterator[Entity]:
    """The entities of a sentence whose strings are found in it; the others are counted."""
    strings, types = (_texts(_member(value, key, where), repr(key), where) for key in KEYS[1:])
    if len(strings) != len(types):
        raise FormatError(
            f"{where} has {len(strings)} in 'entity' and {len(types)} in 'category'; expected a category for each "
            "entity"
        )
    for string, type_, span in zip(strings, types, located(strings, sentence), strict=True):
        if not type_.strip():
            raise FormatError(f"{where}: the category of {string!r} is empty; expected a type name")
        if span is None:
            report.lose(UNLOCATED_ENTITIES, f"{where}: {string!r} ({type_})")
        else:
            yield Entity(*span, type_)


def write_geic(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes documents in the form that `read_geic` reads, with the ids as keys.

    Entities are counted if reading their strings would lead to other offsets.
    """
    bodies = _bodies(documents, report)
    first = next(bodies, None)
    if first is None:
        stream.write("{}\n")
        return
    stream.write(f"{{\n{first}")
    try:
        for body in bodies:
            stream.write(f",\n{body}")
    finally:
        stream.write("\n}\n")  # so that an unfinished file is valid JSON too


def _bodies(documents: Iterable[Document], report: Report) -> Iterator[str]:
    for document in with_unique_ids(documents):
        report.lose_annotations(document)
        strings = [document.text_of(entity) for entity in document.entities]
        for entity, span in zip(document.entities, located(strings, document.text), strict=True):
            if span != entity.span:
                report.lose_entity(MOVED_ENTITIES, document, entity)
        row = {"sentence": document.text, "entity": strings, "category": [entity.type for entity in document.entities]}
        body = json.dumps(row, ensure_ascii=False, indent=4).replace("\n", "\n    ")
        yield f"    {json.dumps(document.id, ensure_ascii=False)}: {body}"
        report.wrote(len(strings))


def located(strings: Sequence[str], text: str) -> list[tuple[int, int] | None]:
    """The offsets of each string in the text, in the given order; None for a string that does not occur often enough.

    Equal strings get different occurrences, from left to right. Longer strings choose first. An occurrence is preferred
    if it begins and ends at word boundaries, then if it shares no character with the occurrence of a longer or equal
    string, then if it is further left: in "New York University in New York" the string "New York" is the second one.
    """
    mentions: dict[str, list[int]] = defaultdict(list)
    for position, string in enumerate(strings):
        mentions[string].append(position)
    taken = bytearray(len(text))
    spans: list[tuple[int, int] | None] = [None] * len(strings)
    for string in sorted(mentions, key=len, reverse=True):
        starts = _chosen(string, text, len(mentions[string]), taken)
        for position, start in zip(mentions[string], starts, strict=False):
            spans[position] = (start, start + len(string))
    return spans


def _chosen(string: str, text: str, count: int, taken: bytearray) -> list[int]:
    """The offsets where the string begins, up to `count` of them, in order; marks their characters in `taken`."""
    starts = {start: cuts_words(start, start + len(string), text) for start in _occurrences(string, text)}
    chosen: set[int] = set()
    for may_cut, may_share in ((False, False), (False, True), (True, False), (True, True)):
        for start, cuts in starts.items():
            if len(chosen) == count:
                return sorted(chosen)
            shares = taken.find(1, start, start + len(string)) >= 0
            if start not in chosen and cuts <= may_cut and shares <= may_share:
                chosen.add(start)
                taken[start : start + len(string)] = b"\1" * len(string)
    return sorted(chosen)


def _occurrences(string: str, text: str) -> Iterator[int]:
    """The offsets where the string occurs in the text, including overlapping ones, as of 'aa' in 'aaa'."""
    start = text.find(string) if string else -1
    while start >= 0:
        yield start
        start = text.find(string, start + 1)


def _members(text: str, name: str) -> Iterator[tuple[int, str, object]]:
    """The members of the text's JSON object, one after the other: line of the key, key and value."""
    position = _after_gap(text, 0)
    line, counted = 1, 0
    if text[position : position + 1] != "{":
        form = looks_like(dict.fromkeys(outline([text[:_LOOKED_AT]]).keys))
        hint = f" (it looks like {form})" if form else ""
        raise FormatError(
            f"{name}: the text begins with {shown(text[position : position + 10])}{hint}; expected a JSON object of "
            "sentences, or a list of documents or of strings. Name another format with --from: jsonl for documents, "
            "json-rows for other objects"
        )
    position = _after_gap(text, position + 1)
    first = True
    while not (first and text.startswith("}", position)):
        line, counted = line + text.count("\n", counted, position), position
        if not text.startswith('"', position):
            raise FormatError(f"{name}:{line}: not JSON: {shown(text[position : position + 10])} where a key is due")
        key, position = decode_at(text, position, name)
        position = _after_gap(text, position)
        if not text.startswith(":", position):
            raise FormatError(f"{name}:{line}: not JSON: no ':' after the key {shown(key)}")
        value, position = decode_at(text, _after_gap(text, position + 1), name)
        yield line, str(key), value
        first = False
        position = _after_gap(text, position)
        if text.startswith("}", position):
            break
        if not text.startswith(",", position):
            raise FormatError(
                f"{name}:{line}: not JSON: neither ',' nor "
                f"'}}' after {shown(key)}, but {shown(text[position : position + 10])}"
            )
        position = _after_gap(text, position + 1)
    rest = text[position + 1 :].strip(" \t\r\n")
    if rest:
        raise FormatError(f"{name}: after the JSON object comes {shown(rest)}; expected the end of the file")


def _after_gap(text: str, position: int) -> int:
    match = GAP.match(text, position)
    return match.end() if match else position


def _member(value: Mapping[str, object], key: str, where: str) -> object:
    """The value of one of a sentence's three keys; raises FormatError if the key is missing."""
    if key in value:
        return value[key]
    expected = "expected 'sentence', 'entity' and 'category', lists that are [] for a sentence without entities"
    raise FormatError(f"{where}: {missing(key, value, KEYS)}; {expected}")


def _texts(value: object, what: str, where: str) -> list[str]:
    if not isinstance(value, list):
        raise FormatError(f"{where}: {what} is {shown(value)}; expected a list")
    return [text_of(item, f"an item of {what}", where) for item in value]
