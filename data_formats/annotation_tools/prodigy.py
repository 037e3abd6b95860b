"""Prodigy's JSON lines of tasks with spans and tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TextIO

from cascade.document import Document, Entity
from cascade.errors import FormatError
from cascade.text.pieces import cut
from data_formats.annotation_tools.json_fields import (
    check_stated,
    count_present,
    document_of,
    entity_at,
    id_of,
    language_of,
    list_of,
    member,
    number_of,
    object_of,
    score_of,
    text_field,
)
from data_formats.annotation_tools.losses import ODD_TOKENS, RELATIONS, REPEATED_IDS, WITHOUT_INDICES
from data_formats.identifiers import with_unique_ids
from data_formats.json_records import records
from data_formats.json_values import shown, text_of
from data_formats.object_keys import ANNOTATION, UnknownKeys
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.text_files import Source

ANSWERS = ("accept", "reject", "ignore")
_EXPECTED = "an object with 'text' and 'spans'"
_LEFT_OUT = "documents with the answer {answer!r} (left out)"
_ABOUT_THE_TASK = frozenset(
    "_input_hash _task_hash _session_id _view_id _timestamp _annotator_id _is_binary answer".split()
)
_COUNTED = {"relations": RELATIONS}
_KNOWN = _ABOUT_THE_TASK | _COUNTED.keys() | {"id", "text", "language", "spans", "tokens"}
_SPAN_KEYS = frozenset("start end label text score token_start token_end id source input_hash".split())


def read_prodigy(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of Prodigy's tasks: those that were accepted, and those that have no answer.

    Rejected and ignored ones are left out and counted. Offsets are code points; `token_start` and `token_end`, the
    index of the last token, have to agree with them. A task without "spans" has no entities. Tasks of one text by
    several annotators stay documents of their own; an id that occurs again gets a number.
    """
    unknown, seen = UnknownKeys(report), dict[str, int]()
    known = _KNOWN if options.entities else _KNOWN | ANNOTATION
    for record in records(source):
        where = record.where
        row = object_of(record.value, where, _EXPECTED)
        text = text_field(row, "text", known, where, expected=_EXPECTED)
        unknown.add(row, known, where, of="documents")
        if options.entities:
            count_present(row, _COUNTED, report, where)
            answer = row.get("answer", "accept")
            if answer not in ANSWERS:
                raise FormatError(f"{where}: 'answer' is {shown(answer)}; expected {', '.join(map(repr, ANSWERS))}")
            if answer != "accept":
                report.lose(_LEFT_OUT.format(answer=answer), where)
                continue
        tokens = _tokens(row, where)
        yield document_of(
            _single(id_of(row.get("id"), record), seen, report, where),
            text,
            tuple(_entities(row, text, tokens, where, unknown)) if options.entities else (),
            where,
            language=language_of(row, report, where),
            tokens=_parts(row, tokens, text, report, where),
        )


def _single(identifier: str, seen: dict[str, int], report: Report, where: str) -> str:
    """The id, with a number if it was given before."""
    given = identifier
    while identifier in seen:
        seen[given] += 1
        identifier = f"{given}-{seen[given]}"
    seen[identifier] = 1
    report.lose(REPEATED_IDS, where, identifier != given)
    return identifier


def _tokens(row: dict[str, object], where: str) -> tuple[tuple[int, int], ...] | None:
    """The tokens' offsets as they stand there; None if the task has none."""
    if row.get("tokens") is None:
        return None
    found = []
    for value in list_of(row["tokens"], "'tokens'", where):
        token = object_of(value, where, "a token with 'start' and 'end'")
        start, end = (number_of(token.get(key), f"a token's {key!r}", where) for key in ("start", "end"))
        found.append((start, end))
    return tuple(found)


def _parts(
    row: dict[str, object], tokens: tuple[tuple[int, int], ...] | None, text: str, report: Report, where: str
) -> tuple[tuple[int, int], ...] | None:
    """The tokens if they are parts of the text in order; None if not.

    Recipes for BERT add tokens such as [CLS] without a place, and spell others as the model does.
    """
    if tokens is None:
        return None
    values = [value for value in list_of(row["tokens"], "'tokens'", where) if isinstance(value, dict)]
    in_order = all(start < end <= len(text) for start, end in tokens) and all(
        left[1] <= right[0] for left, right in pairwise(((0, 0), *tokens))
    )
    if in_order and all(
        value.get("text", text[start:end]) == text[start:end]
        for value, (start, end) in zip(values, tokens, strict=True)
    ):
        return tokens
    report.lose(ODD_TOKENS, where)
    return None


def _entities(
    row: dict[str, object], text: str, tokens: Sequence[tuple[int, int]] | None, where: str, unknown: UnknownKeys
) -> Iterator[Entity]:
    for value in list_of(row.get("spans"), "'spans'", where):
        span = object_of(value, where, "a span with 'start', 'end' and 'label'")
        start, end, label = (
            member(span, key, _SPAN_KEYS, where, of="a span", expected="'start', 'end' and 'label'")
            for key in ("start", "end", "label")
        )
        entity = entity_at(text, start, end, label, where, score=score_of(span.get("score"), where))
        if span.get("text") is not None:
            check_stated(text, entity, text_of(span["text"], "a span's 'text'", where), where)
        if tokens is not None and span.get("token_start") is not None and span.get("token_end") is not None:
            _check_indices(entity, span["token_start"], span["token_end"], tokens, where)
        unknown.add(span, _SPAN_KEYS, where, of="spans")
        yield entity


def _check_indices(entity: Entity, first: object, last: object, tokens: Sequence[tuple[int, int]], where: str) -> None:
    """Raises FormatError if the tokens with these indices begin or end elsewhere than the entity."""
    low, high = number_of(first, "a span's 'token_start'", where), number_of(last, "a span's 'token_end'", where)
    within = 0 <= low <= high < len(tokens)
    if not within or (tokens[low][0], tokens[high][1]) != entity.span:
        there = f"are {tokens[low][0]}..{tokens[high][1]}" if within else f"are not among the {len(tokens)} tokens"
        raise FormatError(
            f"{where}: the span {entity.start}..{entity.end} has the tokens {low} to {high}, which {there}; "
            "expected the same offsets (token_end is the last token's index)"
        )


def write_prodigy(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes tasks with "spans" and "tokens": the document's own tokens, or else the pieces of its text.

    Entities that do not begin and end at token boundaries are written without token indices, and counted: Prodigy's
    `ner.manual` refuses them.
    """
    for document in with_unique_ids(documents):
        report.lose_annotations(document, language=False, scores=False, tokens=False)
        tokens = document.tokens
        if tokens is None:
            tokens = tuple((piece.start, piece.end) for piece in cut(document.text))
        row: dict[str, object] = {"id": document.id, "text": document.text}
        if document.language is not None:
            row["language"] = document.language
        row["tokens"] = [_token(index, tokens, document.text) for index in range(len(tokens))]
        row["spans"] = _spans(document, tokens, report)
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        report.wrote(len(document.entities))


def _token(index: int, tokens: Sequence[tuple[int, int]], text: str) -> dict[str, object]:
    """A token; "ws" says whether a blank follows it."""
    start, end = tokens[index]
    return {"text": text[start:end], "start": start, "end": end, "id": index, "ws": text[end : end + 1] == " "}


def _spans(document: Document, tokens: Sequence[tuple[int, int]], report: Report) -> list[dict[str, object]]:
    first = {start: index for index, (start, _) in enumerate(tokens)}
    last = {end: index for index, (_, end) in enumerate(tokens)}
    spans = []
    for entity in document.entities:
        span: dict[str, object] = {"start": entity.start, "end": entity.end, "label": entity.type}
        if entity.start in first and entity.end in last:
            span |= {"token_start": first[entity.start], "token_end": last[entity.end]}
        else:
            report.lose_entity(WITHOUT_INDICES, document, entity)
        if entity.score is not None:
            span["score"] = entity.score
        spans.append(span)
    return spans
