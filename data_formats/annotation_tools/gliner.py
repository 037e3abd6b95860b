"""GLiNER's training data: lists of tokens, and entities as spans of token indices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from cascade.document import Document, Entity
from cascade.text.pieces import cut
from data_formats.annotation_tools.json_fields import (
    count_present,
    document_of,
    entity_at,
    id_of,
    inclusive_span,
    list_of,
    member,
    object_of,
)
from data_formats.annotation_tools.losses import RELATIONS, TOKEN_SPACING
from data_formats.columns.tokens import covering
from data_formats.identifiers import SeenIds
from data_formats.json_records import records
from data_formats.json_values import text_of
from data_formats.object_keys import ANNOTATION, UnknownKeys
from data_formats.read_options import ReadOptions
from data_formats.report import EMPTY_DOCUMENTS, EMPTY_TOKENS, IDS, UNALIGNED_ENTITIES, Report
from data_formats.spacing import joined
from data_formats.text_files import Source

_EXPECTED = "an object with 'tokenized_text' and 'ner'"
_COUNTED = {
    "ner_labels": "names of types to ask for",
    "ner_label": "names of types to ask for",  # so called by bi-encoders in version 0.2
    "ner_negatives": "names of types that are not in a text",
    "negatives": "names of types that are not in a text",
    "relations": RELATIONS,
    "rel_labels": "names of relations to ask for",
    "rel_negatives": "names of relations that are not in a text",
}
_KNOWN = frozenset(("id", "tokenized_text", "ner", *_COUNTED))


def read_gliner(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of a JSON list, or of JSON lines, of `{"tokenized_text": [...], "ner": [[first, last, type], ...]}`.

    The text is the tokens joined by single blanks, because the format does not keep white space; the tokens' offsets
    are kept. `last` is the index of an entity's last token. Lists of types to ask for, and relations, are counted; so
    are empty tokens, which are left out.
    """
    seen, unknown = SeenIds(), UnknownKeys(report)
    known = _KNOWN if options.entities else _KNOWN | ANNOTATION
    for record in records(source):
        where = record.where
        row = object_of(record.value, where, _EXPECTED)
        listed = member(row, "tokenized_text", known, where, of="the object", expected=_EXPECTED)
        tokens = [text_of(token, "a token", where) for token in list_of(listed, "'tokenized_text'", where)]
        text, offsets = joined(tokens, "space")
        entities = tuple(_entities(row, text, offsets, where)) if options.entities else ()
        shown_tokens = tuple((start, end) for start, end in offsets if start < end)
        report.lose(EMPTY_TOKENS, where, len(offsets) - len(shown_tokens))
        document = document_of(id_of(row.get("id"), record), text, entities, where, tokens=shown_tokens)
        seen.add(document.id, where)
        unknown.add(row, known, where, of="documents")
        if options.entities:
            count_present(row, _COUNTED, report, where)
        yield document


def _entities(row: dict[str, object], text: str, tokens: Sequence[tuple[int, int]], where: str) -> Iterator[Entity]:
    value = member(row, "ner", _KNOWN, where, of="the object", expected=_EXPECTED)
    for span in list_of(value, "'ner'", where):
        expected = "[first token, last token, type]"
        first, last, type_ = inclusive_span(span, len(tokens), of="token", expected=expected, where=where)
        yield entity_at(text, tokens[first][0], tokens[last][1], type_, where)


def write_gliner(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes a JSON list with a document a line.

    Tokens are the document's own, or else the pieces of its text. Entities that begin or end inside a token are
    counted, and so are documents without tokens, which earlier versions of GLiNER cannot read.
    """
    number = 0
    stream.write("[")
    try:
        for document in documents:
            tokens = document.tokens
            if tokens is None:
                tokens = tuple((piece.start, piece.end) for piece in cut(document.text))
            tokens = tuple(covering(document.text, tokens))  # text that no token holds must not be lost
            if not tokens:
                report.lose(EMPTY_DOCUMENTS, document.id)
                continue
            number += 1
            report.lose_annotations(document, tokens=False)
            report.lose(IDS, document.id, document.id != f"item-{number}")
            words = [document.text[start:end] for start, end in tokens]
            report.lose(TOKEN_SPACING, document.id, " ".join(words) != document.text)
            spans = _spans(document, tokens, report)
            row = json.dumps({"tokenized_text": words, "ner": spans}, ensure_ascii=False)
            stream.write(f"{',' if number > 1 else ''}\n{row}")
            report.wrote(len(spans))
    finally:
        stream.write("\n]\n")  # so that an unfinished file is valid JSON too


def _spans(document: Document, tokens: Sequence[tuple[int, int]], report: Report) -> list[list[object]]:
    first = {start: index for index, (start, _) in enumerate(tokens)}
    last = {end: index for index, (_, end) in enumerate(tokens)}
    spans: list[list[object]] = []
    for entity in document.entities:
        if entity.start in first and entity.end in last:
            spans.append([first[entity.start], last[entity.end], entity.type])
        else:
            report.lose_entity(UNALIGNED_ENTITIES, document, entity)
    return spans
