"""Writes documents as column files with one layer of BIO labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from cascade.document import Document, Entity
from data_formats.columns.blocks import COLUMN_BREAKS, DOCUMENT_MARK
from data_formats.columns.labels import Span, encoded
from data_formats.columns.layouts import CONLL, INDEXED, Layout
from data_formats.columns.spellings import in_one_label
from data_formats.columns.tokens import column_tokens, covering
from data_formats.identifiers import SeenIds, line_id
from data_formats.report import (
    BLANK_EDGES,
    DOCUMENT_MARKS,
    EMPTY_DOCUMENTS,
    ENTITY_SPACING,
    IDS,
    LINE_BREAKS,
    NESTED_ENTITIES,
    ODD_TOKENS,
    ODD_TYPES,
    SPACING,
    TYPES_LIKE_LABELS,
    UNALIGNED_ENTITIES,
    Report,
)
from data_formats.spacing import JOINS, JoinRule, joined, tokenised
from data_formats.text_files import MARK_CHARACTER


def write_conll(documents: Iterable[Document], stream: TextIO, report: Report, *, keep_tokens: bool = False) -> None:
    """Writes `token<tab>label` lines, and an empty line after each document.

    Of entities that nest, cross or are equal, the longest is kept; of equally long ones the first, then the first type
    by name. Tokens are the document's own or those of its text, cut where entities begin and end (`column_tokens`).
    keep_tokens: tokens are not cut; entities that do not begin and end at their edges are counted instead. The white
    space between tokens is not written. Documents and entities whose text changes when the tokens are joined again
    (`spacing.JoinRule`) are counted.
    """
    _write_plain(documents, stream, report, CONLL, keep_tokens=keep_tokens)


def write_indexed(documents: Iterable[Document], stream: TextIO, report: Report, *, keep_tokens: bool = False) -> None:
    """Writes `index<tab>token<tab>label` lines, with the index from 0 in each document; otherwise as `write_conll`."""
    _write_plain(documents, stream, report, INDEXED, keep_tokens=keep_tokens)


def write_conllu(documents: Iterable[Document], stream: TextIO, report: Report, *, keep_tokens: bool = False) -> None:
    """Writes UNER's columns (id, token, label, two unused) under `# sent_id` and `# text`.

    Entities and tokens are as in `write_conll`. The text line keeps the white space between tokens, so that texts and
    entities can be read back unchanged.
    """
    seen = SeenIds()
    for place, document in enumerate(documents, start=1):
        report.lose_annotations(document, tokens=False)
        labelled = _labelled(document, report, keep_tokens=keep_tokens, joined_so_far=None)
        text = COLUMN_BREAKS.sub(" ", document.text)
        if text != document.text:
            report.lose(LINE_BREAKS, document.id)
        identifier = " ".join(document.id.split())
        if identifier != document.id:
            report.lose(IDS, repr(document.id))
        seen.add(identifier, f"document {place}")  # as written: two may differ in their blanks alone
        report.wrote(len(labelled.spans))
        rows = (f"{number}\t{token}\t{label}\t-\t-\n" for number, (token, label) in enumerate(labelled.rows(), start=1))
        # in one call, so that no document is half written
        stream.write(f"# sent_id = {identifier}\n# text = {text}\n{''.join(rows)}\n")


def _write_plain(
    documents: Iterable[Document], stream: TextIO, report: Report, layout: Layout, *, keep_tokens: bool
) -> None:
    rule = JoinRule()
    otherwise_spaced = {join: Report() for join in JOINS}
    line = 1
    for document in documents:
        report.lose_annotations(document, tokens=False)
        labelled = _labelled(document, report, keep_tokens=keep_tokens, joined_so_far=rule)
        tokens = labelled.tokens
        if not tokens or (tokens[0] == DOCUMENT_MARK and not layout.indexed):
            report.lose(EMPTY_DOCUMENTS, document.id)
            continue
        if not layout.indexed and DOCUMENT_MARK in tokens:
            report.lose(DOCUMENT_MARKS, document.id, tokens.count(DOCUMENT_MARK))
        report.wrote(len(labelled.spans))
        if document.id != line_id(line):
            report.lose(IDS, document.id)
        # one mark more if the file begins with one, because readers drop the first
        mark = MARK_CHARACTER if line == 1 and not layout.indexed and tokens[0].startswith(MARK_CHARACTER) else ""
        rows = (
            f"{number}\t{token}\t{label}\n" if layout.indexed else f"{token}\t{label}\n"
            for number, (token, label) in enumerate(labelled.rows())
        )
        stream.write(f"{mark}{''.join(rows)}\n")  # in one call, so that no document is half written
        line += len(tokens) + 1
        rule.add(tokens)
        for join, spaced in otherwise_spaced.items():
            _compare(document, labelled, join, spaced)
    spaced = otherwise_spaced[rule.join]
    for kind, count in spaced.losses.items():
        report.lose(kind, spaced.first[kind], count)


def _compare(document: Document, labelled: Labelled, join: str, report: Report) -> None:
    """Counts the document and its entities if their text changes when the tokens are joined."""
    text, offsets = joined(labelled.tokens, join)
    if text == document.text:
        return
    report.lose(SPACING, document.id)
    for span, entity in zip(labelled.spans, labelled.entities, strict=True):
        if text[offsets[span.start][0] : offsets[span.end - 1][1]] != document.text_of(entity):
            report.lose_entity(ENTITY_SPACING, document, entity)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A document as columns can hold it: its tokens, and in parallel its entities and their spans of tokens."""

    tokens: list[str]
    spans: list[Span]
    entities: list[Entity]

    def rows(self) -> Iterator[tuple[str, str]]:
        """Each token with its BIO label."""
        return zip(self.tokens, encoded(self.spans, len(self.tokens)), strict=True)


def one_layer(
    document: Document, report: Report, *, keep_tokens: bool, joined_so_far: JoinRule | None = None
) -> tuple[Sequence[tuple[int, int]], list[Entity]]:
    """The offsets of a document's tokens, and those of its entities that share no character and fit the tokens.

    What does not fit is counted. keep_tokens, joined_so_far: as in `write_conll` and `column_tokens`.
    """
    own = tokenised(document.text) if document.tokens is None else document.tokens
    starts, ends = {start for start, _ in own}, {end for _, end in own}
    lasts = {end - 1 for end in ends}
    taken = bytearray(len(document.text))
    entities = []
    for entity in sorted(document.entities, key=_first_to_keep):
        if keep_tokens and not (entity.start in starts and entity.end in ends):
            report.lose_entity(UNALIGNED_ENTITIES, document, entity)
        elif (
            _cuts_at_a_blank(document, entity, starts, ends)
            or _is_blank(document, entity.start, starts)
            or _is_blank(document, entity.end - 1, lasts)
        ):
            report.lose_entity(BLANK_EDGES, document, entity)
        elif taken.find(1, entity.start, entity.end) >= 0:
            report.lose_entity(NESTED_ENTITIES, document, entity)
        else:
            taken[entity.start : entity.end] = b"\1" * (entity.end - entity.start)
            entities.append(entity)
    entities.sort()
    wanted = [entity.span for entity in entities]
    if keep_tokens:  # text that no token holds must not be lost
        return tuple(covering(document.text, tuple(own))), entities
    return column_tokens(document, wanted, report, joined_so_far=joined_so_far), entities


def _cuts_at_a_blank(document: Document, entity: Entity, starts: set[int], ends: set[int]) -> bool:
    """Whether an entity cuts a token at one end and has white space at an end, which the parts of a token lose."""
    edges = document.text[entity.start] + document.text[entity.end - 1]
    return not (entity.start in starts and entity.end in ends) and any(map(str.isspace, edges))


def _first_to_keep(entity: Entity) -> tuple[float | str, ...]:
    """Sure entities first, then the longer, then the likelier of one span."""
    score = 1.0 if entity.score is None else entity.score
    return entity.unsure, entity.start - entity.end, entity.start, -score, entity.type


def _labelled(document: Document, report: Report, *, keep_tokens: bool, joined_so_far: JoinRule | None) -> Labelled:
    """The document as tokens and spans; entities that do not fit are counted."""
    offsets, entities = one_layer(document, report, keep_tokens=keep_tokens, joined_so_far=joined_so_far)
    first = {start: position for position, (start, _) in enumerate(offsets)}
    last = {end: position for position, (_, end) in enumerate(offsets)}
    spans = [
        Span(first[entity.start], last[entity.end] + 1, _column_type(entity, document, report)) for entity in entities
    ]
    return Labelled(
        [_column_token(document.text[start:end], document, report) for start, end in offsets], spans, entities
    )


def _is_blank(document: Document, place: int, of_tokens: set[int]) -> bool:
    """Whether there is white space at `place`, and no token begins or ends there."""
    return document.text[place].isspace() and place not in of_tokens


def _column_type(entity: Entity, document: Document, report: Report) -> str:
    tidy = " ".join(entity.type.split())
    if tidy != entity.type:
        report.lose_entity(ODD_TYPES, document, entity)
    single = in_one_label(tidy)
    if single != tidy:
        report.lose_entity(TYPES_LIKE_LABELS, document, entity)
    return single


def _column_token(token: str, document: Document, report: Report) -> str:
    tidy = COLUMN_BREAKS.sub(" ", token)
    if tidy != token:
        report.lose(ODD_TOKENS, f"{document.id}: {token!r}")
    return tidy
