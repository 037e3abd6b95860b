"""Reads WebAnno TSV 3 (WebAnno, INCEpTION); the format is described in INCEpTION's user guide, appendix A."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cascade.document import Document, Entity
from cascade.errors import DocumentError, FormatError
from data_formats.annotation_tools.layers import (
    NAMED_ENTITY,
    OTHER_FEATURE,
    OTHER_LAYER,
    WITHOUT_VALUE,
    Layer,
    chosen_layer,
    short_name,
)
from data_formats.annotation_tools.losses import EMPTY_SPANS
from data_formats.annotation_tools.offset_units import MOST_GAP
from data_formats.annotation_tools.utf16 import Utf16Text
from data_formats.annotation_tools.webanno_cells import Value, plain_text, values
from data_formats.identifiers import SeenIds, line_id
from data_formats.json_values import shown
from data_formats.read_options import ReadOptions
from data_formats.report import CUSTOM_LAYERS, Report
from data_formats.text_files import Source

FORMAT, SPANS, TEXT, SENTENCE_ID = "#FORMAT=WebAnno TSV 3.", "#T_SP=", "#Text=", "#Sentence.id="
_OTHER_LAYERS = ("#T_CH=", "#T_RL=")  # chains and relations
_FIXED = 3  # columns before the layers': number, offsets, token
_NUMBER = re.compile(r"[0-9]+-[0-9]+(?P<sub_token>\.[0-9]+)?")
_OFFSETS = re.compile(r"([0-9]{1,12})-([0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the layers: its layer, its feature ("" if it has none), and whether it holds spans."""

    layer: str
    feature: str
    of_spans: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """A token or a part of one: its line, its offsets in UTF-16 units of the file's text, and its cells."""

    line: int
    begin: int
    end: int
    token: str
    is_token: bool
    cells: list[str]


@dataclass(slots=True)
class Sentence:
    """The lines of a sentence."""

    line: int
    id: str | None = None
    fragments: list[str] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)


def read_webanno_tsv(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of a WebAnno TSV 3 file: a sentence with an id begins one; without ids, the file is one document.

    Offsets are UTF-16 units of the whole file's text. Between sentences stand a line break and blanks, as the format
    does not hold the text there. `ReadOptions.layer` names the layer of the entities (`layers.chosen_layer`). Other
    layers, features, relations and chains are counted. Raises FormatError for a token that is not in the text.
    """
    lines = source.lines()
    columns = _header(lines, source.name)
    features: dict[str, list[str]] = {}
    for column in columns:
        if column.of_spans:
            features.setdefault(column.layer, []).extend([column.feature] if column.feature else [])
    layer = chosen_layer(features, options.layer, source.name) if options.entities else None
    if layer is not None and options.layer is None and layer.name != NAMED_ENTITY:
        report.lose(CUSTOM_LAYERS.format(layer=short_name(layer.name)), source.name)
    seen = SeenIds()
    group: list[Sentence] = []
    end = 0  # of the text before the group, in UTF-16 units
    for sentence in _sentences(lines, columns, source.name):
        if sentence.id is not None and group:
            document, end = _document(group, end, columns, layer, report, source.name, with_entities=options.entities)
            seen.add(document.id, f"{source.name}:{group[0].line}")
            yield document
            end, group = sentence.units[0].begin, []
        group.append(sentence)
    if group:
        document, _ = _document(group, end, columns, layer, report, source.name, with_entities=options.entities)
        seen.add(document.id, f"{source.name}:{group[0].line}")
        yield document


def _header(lines: Iterator[tuple[int, str]], name: str) -> list[Column]:
    number, first = next(lines, (1, ""))
    if not first.startswith(FORMAT):
        raise FormatError(
            f"{name}:{number}: {shown(first)} is not the head of WebAnno TSV; expected {FORMAT}3 (files of older "
            "versions: export them anew)"
        )
    columns: list[Column] = []
    for number, line in lines:
        if not line.strip():
            break
        if not line.startswith((SPANS, *_OTHER_LAYERS)):
            raise FormatError(f"{name}:{number}: {shown(line)} declares no layer; expected {SPANS} or an empty line")
        layer, *declared = [part for part in line.partition("=")[2].split("|") if part] or [""]
        if not layer:
            raise FormatError(f"{name}:{number}: {shown(line)} names no layer; expected {SPANS}NAME and its features")
        columns += [Column(layer, each, line.startswith(SPANS)) for each in declared or [""]]
    return columns


def _sentences(lines: Iterator[tuple[int, str]], columns: list[Column], name: str) -> Iterator[Sentence]:
    """The sentences with their units; raises FormatError for lines out of place."""
    sentence = Sentence(0)
    for number, line in lines:
        header = line.startswith((TEXT, SENTENCE_ID)) and not sentence.units
        if header or (line and not sentence.line):
            if not header:
                raise FormatError(
                    f"{name}:{number}: {shown(line)} is in no sentence; expected {TEXT} before its tokens"
                )
            sentence.line = sentence.line or number
            if line.startswith(SENTENCE_ID):
                sentence.id = plain_text(line.removeprefix(SENTENCE_ID)) or None
            else:
                sentence.fragments.append(plain_text(line.removeprefix(TEXT)))
        elif line:
            sentence.units.append(_unit(line, number, columns, name))
        elif sentence.line:
            yield _whole(sentence, name)
            sentence = Sentence(0)
    if sentence.line:
        yield _whole(sentence, name)


def _whole(sentence: Sentence, name: str) -> Sentence:
    if not sentence.units or not sentence.units[0].is_token:
        raise FormatError(f"{name}:{sentence.line}: the sentence has no token; expected a line of one below its text")
    return sentence


def _unit(line: str, number: int, columns: list[Column], name: str) -> Unit:
    fields = line.split("\t")
    identifier = _NUMBER.fullmatch(fields[0])
    offsets = _OFFSETS.fullmatch(fields[1]) if len(fields) >= _FIXED + len(columns) else None
    if identifier is None or offsets is None:
        raise FormatError(
            f"{name}:{number}: {shown(line)} is no token; expected a number as 1-1, offsets as 0-5, the token and "
            f"{len(columns)} columns of layers, with tabs between"
        )
    cells = fields[_FIXED : _FIXED + len(columns)]
    return Unit(number, int(offsets[1]), int(offsets[2]), fields[2], identifier["sub_token"] is None, cells)


def _document(
    sentences: list[Sentence],
    end: int,
    columns: list[Column],
    layer: Layer | None,
    report: Report,
    name: str,
    *,
    with_entities: bool,
) -> tuple[Document, int]:
    """The document of these sentences, and where its text ends; `end`: where it begins."""
    base, text, blank = end, "", 0
    for sentence in sentences:
        gap = sentence.units[0].begin - end
        blank += gap
        if blank > MOST_GAP:
            raise FormatError(
                f"{name}:{sentence.units[0].line}: the sentence begins at {sentence.units[0].begin}, {gap:,} after the "
                f"end of the one before it; expected at most {MOST_GAP:,} without text (offsets are UTF-16 units)"
            )
        if gap < 0:
            raise FormatError(
                f"{name}:{sentence.units[0].line}: the sentence begins at {sentence.units[0].begin}, before the end of "
                f"the one before it at {end}; expected sentences in order (offsets are UTF-16 units)"
            )
        own = "\n".join(sentence.fragments)
        text += ("\n" + " " * (gap - 1) if text and gap else " " * gap) + own
        end += gap + Utf16Text(own).length
    units = [unit for sentence in sentences for unit in sentence.units]
    spans = _spans(units, Utf16Text(text), base, text, name)
    entities: list[Entity] = []
    if layer is not None:
        column = next(
            place
            for place, each in enumerate(columns)
            if each.of_spans and each.layer == layer.name and layer.feature in (None, each.feature)
        )
        entities += _entities(units, spans, column, layer, report, name)
    if with_entities:
        _count_others(units, columns, layer or Layer("", None), report, name)
    tokens = [span for unit, span in zip(units, spans, strict=True) if unit.is_token]
    if tokens and text[: tokens[0][1]].isspace():
        del tokens[0]  # white space before the first word, which the format has no other place for
    first = sentences[0]
    try:
        return Document(first.id or line_id(first.line), text, None, tuple(entities), tuple(tokens)), end
    except DocumentError as error:
        raise FormatError(f"{name}:{first.line}: {error}") from error


def _spans(units: list[Unit], offsets: Utf16Text, base: int, text: str, name: str) -> list[tuple[int, int]]:
    """The offsets in characters of each unit; raises FormatError if its token is not there.

    Parts of tokens may be empty: annotations of no character.
    """
    spans = []
    for unit in units:
        start, end = offsets.offset(unit.begin - base), offsets.offset(unit.end - base)
        there = text[start:end] if start is not None and end is not None and start + unit.is_token <= end else None
        if start is None or end is None or there is None or there not in (unit.token, plain_text(unit.token)):
            has = "no whole characters" if there is None else shown(there)
            raise FormatError(
                f"{name}:{unit.line}: the token is {shown(unit.token)}, but at {unit.begin}-{unit.end} the text has "
                f"{has}; expected the same (offsets are UTF-16 units of the whole file)"
            )
        spans.append((start, end))
    return spans


def _entities(
    units: list[Unit], spans: list[tuple[int, int]], column: int, layer: Layer, report: Report, name: str
) -> Iterator[Entity]:
    """The entities whose types stand in a column; cells with one id are one entity."""
    found: dict[tuple[int, int], tuple[int, int, str]] = {}  # by the id, or by the line and the place in its stack
    first_seen: dict[tuple[int, int], str] = {}
    without_value: set[int] = set()
    for unit, (start, end) in zip(units, spans, strict=True):
        where = f"{name}:{unit.line}"
        stack = values(unit.cells[column])
        if stack is None:
            raise FormatError(
                f"{where}: {shown(unit.cells[column])} cannot be read; expected values with | between them, each with "
                "an id in brackets if it stands on several tokens"
            )
        for place, (value, identifier) in enumerate(stack):
            type_ = value if layer.feature is not None else layer.short
            if type_ is None or not type_.strip():
                report.lose(WITHOUT_VALUE, where, identifier not in without_value)
                without_value |= set() if identifier is None else {identifier}
                continue
            key = (-unit.line, place) if identifier is None else (identifier, 0)
            first, last, before = found.get(key, (start, end, type_))
            if before != type_:
                raise FormatError(
                    f"{where}: the annotation [{identifier}] is {shown(type_)} here and {shown(before)} before; "
                    "expected one value for an id"
                )
            found[key] = (min(start, first), max(end, last), type_)
            first_seen.setdefault(key, where)
    for key, (start, end, type_) in found.items():
        if start < end:
            yield Entity(start, end, type_)
        else:
            report.lose(EMPTY_SPANS, first_seen[key])


def _count_others(units: list[Unit], columns: list[Column], layer: Layer, report: Report, name: str) -> None:
    """Counts the annotations of other layers, by their first column, and the values of the layer's other features."""
    first_of = {column.layer: position for position, column in reversed(list(enumerate(columns)))}
    for position, column in enumerate(columns):
        of_layer = column.of_spans and column.layer == layer.name
        if (of_layer and column.feature == (layer.feature or "")) or (
            not of_layer and first_of[column.layer] < position
        ):
            continue
        seen: set[int | None] = set()
        kind = OTHER_FEATURE.format(feature=column.feature) if of_layer else OTHER_LAYER.format(layer=column.layer)
        for unit in units:
            stack = values(unit.cells[position])
            if stack is None:  # references of slots, chains and relations
                stack = [Value(each, None) for each in unit.cells[position].split("|")]
            new = [value for value, identifier in stack if identifier is None or identifier not in seen]
            seen |= {identifier for _, identifier in stack}
            report.lose(kind, f"{name}:{unit.line}", sum(not of_layer or value is not None for value in new))
