"""PubTator: title and abstract on a line each, with lines of mentions below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn, TextIO

from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.json_fields import check_stated, document_of, entity_at
from data_formats.annotation_tools.losses import INNER_NAMES, NORMALISATIONS, RELATIONS
from data_formats.identifiers import SeenIds
from data_formats.json_values import shown
from data_formats.read_options import ReadOptions
from data_formats.report import BLANK_EDGES, CUT_FILES, IDS, LINE_BREAKS, ODD_TYPES, Report
from data_formats.text_files import Source

_TEXT_LINE = re.compile(r"([^|\t]+)\|([ta])\|(.*)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,12}")
_WRITTEN_AS_NONE = "-"
_NO_IDENTIFIER = ("", _WRITTEN_AS_NONE, "-1", "None")
_AS_BLANKS = str.maketrans("\t\r\n", "   ")
_EXPECTED = (
    "ID|t|title, ID|a|abstract, a mention of five to seven columns (ID, start, end, text, type, identifier) "
    "or a relation (ID, type, identifiers), with tabs between columns"
)


@dataclass(slots=True)
class _Block:
    """The lines of one document so far."""

    id: str
    where: str
    title: str
    abstract: str = ""
    has_abstract: bool = False
    mentions: list[tuple[str, list[str]]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return f"{self.title}\n{self.abstract}" if self.abstract else self.title


def read_pubtator(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """A document for each title line; its text is the title, a line break and the abstract.

    So the abstract begins at the title's length + 1, as mentions count it. A line with two integers behind the id is a
    mention, whether or not it has an identifier; others with columns are relations. Identifiers, relations and the
    single mentions of composite ones are counted.
    """
    seen = SeenIds()
    for block in _blocks(source, report if options.entities else Report()):
        seen.add(block.id, block.where)
        text = block.text
        entities = (
            tuple(_entity(text, columns, where, report) for where, columns in block.mentions)
            if options.entities
            else ()
        )
        yield document_of(block.id, text, entities, block.where)


def _blocks(source: Source, report: Report) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in source.lines(ends=True):
        where = f"{source.name}:{number}"
        report.lose(CUT_FILES, where, not line.endswith("\n"))
        line = line.removesuffix("\n").removesuffix("\r")
        if not line.strip():
            if block is not None:
                yield block
            block = None
            continue
        match = _TEXT_LINE.fullmatch(line)
        if match and match[2] == "t":
            if block is not None:
                if block.id == match[1]:
                    raise FormatError(f"{where}: a second title of {block.id!r}; expected one title a document")
                yield block
            block = _Block(match[1], where, match[3])
        elif block is None:
            raise FormatError(f"{where}: {shown(line)} comes before a title; expected ID|t|title first")
        elif match:
            _add_abstract(block, match, where)
        else:
            _add_columns(block, line, where, report)
    if block is not None:
        yield block


def _add_abstract(block: _Block, match: re.Match[str], where: str) -> None:
    if match[1] != block.id:
        _refuse_id(match[1], block, where)
    if block.has_abstract:
        raise FormatError(f"{where}: a second abstract of {block.id!r}; expected one abstract a document")
    block.abstract, block.has_abstract = match[3], True


def _add_columns(block: _Block, line: str, where: str, report: Report) -> None:
    columns = line.split("\t")
    mention = len(columns) >= 5 and all(_NUMBER.fullmatch(each) for each in columns[1:3])
    if len(columns) < 4 or len(columns) > 7 and mention:
        raise FormatError(f"{where}: {shown(line)} is no line of PubTator; expected {_EXPECTED}")
    if columns[0] != block.id:
        _refuse_id(columns[0], block, where)
    if mention:
        block.mentions.append((where, columns))
    elif _NUMBER.fullmatch(columns[1]) and _NUMBER.fullmatch(columns[2]):
        raise FormatError(f"{where}: {shown(line)} is a mention without a type; expected {_EXPECTED}")
    else:
        report.lose(RELATIONS, where)


def _refuse_id(found: str, block: _Block, where: str) -> NoReturn:
    raise FormatError(
        f"{where}: the line is of {found!r}, below the title of {block.id!r}; expected the same id up to an empty line"
    )


def _entity(text: str, columns: list[str], where: str, report: Report) -> Entity:
    _, start, end, stated, type_, *more = columns
    entity = entity_at(text, int(start), int(end), type_, where)
    check_stated(text, entity, stated, where)
    report.lose(NORMALISATIONS, where, bool(more) and more[0].strip() not in _NO_IDENTIFIER)
    report.lose(INNER_NAMES, where, len(more) > 1)
    return entity


def write_pubtator(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes a text up to its first line break as the title, and the rest as the abstract.

    Further line breaks, and tabs, are written as blanks, so that offsets stay. Ids with | or tabs are replaced by the
    document's number. Mentions are written with a dash for the identifier: without one, the bioc package takes them
    for relations.
    """
    used: set[str] = set()
    for number, document in enumerate(documents, start=1):
        report.lose_annotations(document)
        identifier = _free_id(document.id, number, used)
        report.lose(IDS, document.id, identifier != document.id)
        title, _, abstract = document.text.partition("\n")
        title, abstract = title.translate(_AS_BLANKS), abstract.translate(_AS_BLANKS)
        text = f"{title}\n{abstract}" if abstract else title  # as it is read again
        report.lose(LINE_BREAKS, document.id, text != document.text)
        lines = [f"{identifier}|t|{title}", f"{identifier}|a|{abstract}"]
        for entity in document.entities:
            if entity.end > len(text):
                report.lose_entity(BLANK_EDGES, document, entity)
                continue
            type_ = entity.type.translate(_AS_BLANKS)
            if type_ != entity.type:
                report.lose_entity(ODD_TYPES, document, entity)
            stated = text[entity.start : entity.end].translate(_AS_BLANKS)
            lines.append(f"{identifier}\t{entity.start}\t{entity.end}\t{stated}\t{type_}\t{_WRITTEN_AS_NONE}")
        # in one call, so that no document is half written
        stream.write("".join(f"{line}\n" for line in lines) + "\n")
        report.wrote(len(lines) - 2)


def _free_id(identifier: str, number: int, used: set[str]) -> str:
    """The id if the format can hold it, or else the document's number, with more digits where that is taken."""
    name = identifier if re.fullmatch(r"[^|\t\r\n]*[^|\s][^|\t\r\n]*", identifier) else str(number)
    if name == identifier and name in used:
        raise FormatError(f"document {number}: the document id {identifier!r} was used before; expected each id once")
    while name in used:
        name += "0"
    used.add(name)
    return name
