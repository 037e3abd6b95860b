"""Chat rows for training with ms-swift, in CascadeNER's published protocol for its extractor."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO

from cascade.document import Document, Entity
from data_formats.report import AMBIGUOUS_MARKS, IDS, NESTED_ENTITIES, TYPES, Report


def write_swift(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes each document as a row `{"messages": [system, user, assistant]}`.

    The user gives the text; the assistant repeats it with ##entity## marks. In CascadeNER (arXiv 2409.11022, section 3)
    the opening and the closing mark are the same. So of entities that nest, cross or are equal, only the longest is
    kept. A document is left out if its marked text does not lead back to its entities: a text with ##, or with a #
    beside an entity. Both are counted. The rows hold no types, because the extractor does not know them.
    """
    from cascade.published.marked_sentence import SYSTEM_PROMPT, marked  # no other format needs it

    for document in documents:
        report.lose_annotations(document)
        entities = _longest(document, report)
        answer = marked(document.text, [entity.span for entity in entities])
        if answer is None:
            report.lose(AMBIGUOUS_MARKS, document.id)
            continue
        contents = {"system": SYSTEM_PROMPT, "user": document.text, "assistant": answer}
        row = {"messages": [{"role": role, "content": content} for role, content in contents.items()]}
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        report.lose(IDS, document.id)
        report.lose(TYPES, document.id, len(entities))
        report.wrote(len(entities))


def _longest(document: Document, report: Report) -> list[Entity]:
    """Entities that share no character, in order; of those that would, the longest is kept."""
    taken = bytearray(len(document.text))
    kept = []
    for entity in sorted(document.entities, key=lambda entity: (entity.start - entity.end, entity.start, entity.type)):
        if taken.find(1, entity.start, entity.end) >= 0:
            report.lose_entity(NESTED_ENTITIES, document, entity)
            continue
        taken[entity.start : entity.end] = b"\1" * (entity.end - entity.start)
        kept.append(entity)
    return sorted(kept)
