"""BioC in XML and JSON: collections of documents in passages, with annotations at offsets of the document.

Comeau et al. 2013, BioC: a minimalist approach to interoperability for biomedical text processing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from cascade.document import Document, Entity
from cascade.errors import DocumentError, FormatError
from data_formats.annotation_tools.bioc_parts import Annotation, Part, documents_in_json, documents_in_xml
from data_formats.annotation_tools.offset_units import MOST_GAP
from data_formats.annotation_tools.xml_nodes import FORBIDDEN_CHARACTERS, is_forbidden, text_in_xml
from data_formats.identifiers import SeenIds, with_unique_ids
from data_formats.json_values import shown
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.text_files import Source

TYPE = "type"  # the infon that holds the type of an annotation
DISCONTINUOUS = "annotations at several places (left out)"
WITHOUT_TYPE = "annotations without an infon 'type' (left out)"
RELATIONS = "relations"
INFONS = "infons {key} of annotations"
OTHER_INFONS = "infons of documents, passages and sentences"


def read_bioc(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of a BioC file in XML or JSON; the infon `type` is an entity's type.

    Offsets count characters (code points) of the document, not of the passage. Between passages stand a line break and
    blanks, between sentences blanks, as many as the offsets leave. Annotations at several places, relations and other
    infons are counted. Raises FormatError if an annotation's text is not the one at its place.
    """
    source.keep()
    is_json = source.content().lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    seen = SeenIds()
    for whole in documents_in_json(source) if is_json else documents_in_xml(source):
        text = _text(whole.parts)
        annotations = [*whole.annotations, *(each for part in whole.parts for each in _annotations(part))]
        entities: list[Entity] = []
        if options.entities:
            entities = [entity for each in annotations if (entity := _entity(each, text, report)) is not None]
            report.lose(RELATIONS, whole.where, whole.relations)
            report.lose(OTHER_INFONS, whole.where, whole.infons)
        seen.add(whole.id, whole.where)
        try:
            yield Document(whole.id, text, None, tuple(entities))
        except DocumentError as error:
            raise FormatError(f"{whole.where}: {error}") from error


def write_bioc_xml(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes BioC XML: each document with one passage at 0, each entity an annotation with the infon `type`."""
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n<collection>\n')
    stream.write("<source></source><date></date><key></key>\n")
    for document in with_unique_ids(documents):
        report.lose_annotations(document)
        if any(map(is_forbidden, (document.id, document.text, *(entity.type for entity in document.entities)))):
            report.lose(FORBIDDEN_CHARACTERS, document.id)
        stream.write(
            f"<document><id>{text_in_xml(document.id)}</id><passage><offset>0</offset>"
            f"<text>{text_in_xml(document.text)}</text>\n"
        )
        for number, entity in enumerate(document.entities, start=1):
            stream.write(
                f'<annotation id="T{number}"><infon key="{TYPE}">{text_in_xml(entity.type)}</infon>'
                f'<location offset="{entity.start}" length="{entity.end - entity.start}"/>'
                f"<text>{text_in_xml(document.text_of(entity))}</text></annotation>\n"
            )
        stream.write("</passage></document>\n")
        report.wrote(len(document.entities))
    stream.write("</collection>\n")


def write_bioc_json(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes BioC JSON, with the same parts as `write_bioc_xml`."""
    stream.write('{"source": "", "date": "", "key": "", "version": "1.0", "infons": {}, "documents": [')
    for position, document in enumerate(with_unique_ids(documents)):
        report.lose_annotations(document)
        annotations = [
            {
                "id": f"T{number}",
                "infons": {TYPE: entity.type},
                "text": document.text_of(entity),
                "locations": [{"offset": entity.start, "length": entity.end - entity.start}],
            }
            for number, entity in enumerate(document.entities, start=1)
        ]
        passage = {"offset": 0, "infons": {}, "text": document.text, "sentences": [], "annotations": annotations}
        row = {"id": document.id, "infons": {}, "passages": [{**passage, "relations": []}]}
        row |= {"annotations": [], "relations": []}
        stream.write(f"{',' if position else ''}\n{json.dumps(row, ensure_ascii=False)}")
        report.wrote(len(document.entities))
    stream.write("\n]}\n")


def _annotations(part: Part) -> list[Annotation]:
    return [*part.annotations, *(each for sentence in part.sentences for each in _annotations(sentence))]


def _text(parts: Iterable[Part], begin: int = 0, break_: str = "\n") -> str:
    """The text of parts in order, with white space where the offsets leave a gap."""
    text, blank = "", 0
    for part in parts:
        own = part.text if part.text is not None else _text(part.sentences, part.offset, " ")
        gap = part.offset - begin - len(text)
        blank += gap + (0 if part.text is not None else len(own) - sum(len(each.text or "") for each in part.sentences))
        if blank > MOST_GAP:
            raise FormatError(
                f"{part.where}: the offsets leave {blank:,} characters without text; expected at most {MOST_GAP:,}"
            )
        if gap < 0:
            raise FormatError(
                f"{part.where}: the text begins at offset {part.offset}, before the end of the one before it at "
                f"{begin + len(text)}; expected parts in order, with offsets in characters of the document"
            )
        text += (break_ if text and gap else " " * min(gap, 1)) + " " * (gap - 1) + own
    return text


def _entity(annotation: Annotation, text: str, report: Report) -> Entity | None:
    """The entity of an annotation; None, and counted, if it is no single span with a type."""
    where = annotation.where
    for key in annotation.infons:
        report.lose(INFONS.format(key=shown(key)), where, key != TYPE)
    type_ = annotation.infons.get(TYPE, "")
    if len(annotation.locations) > 1:
        report.lose(DISCONTINUOUS, where)
        return None
    if not type_.strip():
        report.lose(WITHOUT_TYPE, where)
        return None
    start, length = annotation.locations[0] if annotation.locations else (0, 0)
    there = text[start : start + length] if 0 <= start < start + length <= len(text) else None
    if there is None or annotation.text not in (None, there):
        raise FormatError(
            f"{where}: the annotation's text is {shown(annotation.text)}, but at offset {start} with length {length} "
            f"the document has {shown(there)}; expected the same (offsets are characters of the document, not of the "
            "passage)"
        )
    return Entity(start, start + length, type_)
