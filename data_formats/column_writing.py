"""Documents written as column files, with one layer of BIO labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from cascade.document import Document, Entity
from data_formats.columns import COLUMN_BREAKS, CONLL, DOCUMENT_MARK, INDEXED, Layout
from data_formats.identifiers import line_id, with_unique_ids
from data_formats.labels import Span, encoded
from data_formats.report import (
    EMPTY_DOCUMENTS,
    IDS,
    LINE_BREAKS,
    NESTED_ENTITIES,
    ODD_TOKENS,
    ODD_TYPES,
    SPACING,
    UNALIGNED_ENTITIES,
    Report,
)
from data_formats.spacing import JOINS, JoinRule, joined, tokenised
from data_formats.text_files import MARK_CHARACTER


def write_conll(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes `token<tab>label` a line and an empty line after each document.

    Of entities that nest, cross or are equal, the longest is kept (of equally long ones the first, then the first type by name).  Documents without
    tokens are tokenised (`spacing.tokenised`).
    """
    _write_plain(documents, stream, report, CONLL)


def write_indexed(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes `index<tab>token<tab>label` a line, the index from 0 in each document; otherwise as `write_conll`."""
    _write_plain(documents, stream, report, INDEXED)


def write_conllu(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes UNER's columns (id, token, label, two unused) under `# sent_id` and `# text`; entities and tokens as in `write_conll`."""
    for document in with_unique_ids(documents):
        report.lose_annotations(document, tokens=False)
        tokens, labels = _labelled(document, report)
        text = COLUMN_BREAKS.sub(" ", document.text)
        if text != document.text:
            report.lose(LINE_BREAKS, document.id)
        identifier = " ".join(document.id.split())
        if identifier != document.id:
            report.lose(IDS, repr(document.id))
        report.wrote(_count(labels))
        stream.write(f"# sent_id = {identifier}\n# text = {text}\n")
        stream.writelines(f"{number}\t{token}\t{label}\t-\t-\n" for number, (token, label) in enumerate(zip(tokens, labels, strict=True), start=1))
        stream.write("\n")


def _write_plain(documents: Iterable[Document], stream: TextIO, report: Report, layout: Layout) -> None:
    rule = JoinRule()
    otherwise_spaced: dict[str, list[str]] = {join: [] for join in JOINS}
    line = 1
    for document in documents:
        report.lose_annotations(document, tokens=False)
        tokens, labels = _labelled(document, report)
        if not tokens or (tokens[0] == DOCUMENT_MARK and not layout.indexed):
            report.lose(EMPTY_DOCUMENTS, document.id)
            continue
        report.wrote(_count(labels))
        if document.id != line_id(line):
            report.lose(IDS, document.id)
        if line == 1 and not layout.indexed and tokens[0].startswith(MARK_CHARACTER):
            stream.write(MARK_CHARACTER)  # one more, as the first of a file is dropped when it is read
        for number, (token, label) in enumerate(zip(tokens, labels, strict=True)):
            stream.write(f"{number}\t{token}\t{label}\n" if layout.indexed else f"{token}\t{label}\n")
        stream.write("\n")
        line += len(tokens) + 1
        rule.add(tokens)
        for join, ids in otherwise_spaced.items():
            if joined(tokens, join)[0] != document.text:
                ids.append(document.id)
    lost = otherwise_spaced[rule.join]
    report.lose(SPACING, lost[0] if lost else "", len(lost))


def _count(labels: list[str]) -> int:
    """How many entities these BIO labels hold."""
    return sum(label.startswith("B-") for label in labels)


def _labelled(document: Document, report: Report) -> tuple[list[str], list[str]]:
    """The tokens as columns can hold them, and their labels."""
    offsets = tokenised(document.text) if document.tokens is None else document.tokens
    starts = {start: position for position, (start, _) in enumerate(offsets)}
    ends = {end: position + 1 for position, (_, end) in enumerate(offsets)}
    taken = [False] * len(offsets)
    spans = []
    for entity in sorted(document.entities, key=lambda entity: (entity.start - entity.end, entity.start, entity.type)):
        if entity.start not in starts or entity.end not in ends:
            report.lose_entity(UNALIGNED_ENTITIES, document, entity)
            continue
        span = Span(starts[entity.start], ends[entity.end], _column_type(entity, document, report))
        if any(taken[span.start : span.end]):
            report.lose_entity(NESTED_ENTITIES, document, entity)
            continue
        taken[span.start : span.end] = [True] * (span.end - span.start)
        spans.append(span)
    return [_column_token(document.text[start:end], document, report) for start, end in offsets], encoded(spans, len(offsets))


def _column_type(entity: Entity, document: Document, report: Report) -> str:
    tidy = " ".join(entity.type.split())
    if tidy != entity.type:
        report.lose_entity(ODD_TYPES, document, entity)
    return tidy


def _column_token(token: str, document: Document, report: Report) -> str:
    tidy = COLUMN_BREAKS.sub(" ", token)
    if tidy != token:
        report.lose(ODD_TOKENS, f"{document.id}: {token!r}")
    return tidy
