"""JSON of tokens with entities as spans of token indices: that of W2NER, SpERT, ACE 2005 and OneIE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.json_fields import (
    count_present,
    document_of,
    entity_at,
    id_of,
    list_of,
    member,
    number_of,
    object_of,
)
from data_formats.annotation_tools.losses import DISCONTINUOUS, EVENTS, RELATIONS
from data_formats.identifiers import SeenIds
from data_formats.json_records import Record, records
from data_formats.json_values import shown, text_of
from data_formats.labelled_tokens import Sentence, text_of_tokens
from data_formats.object_keys import ANNOTATION, UnknownKeys
from data_formats.read_options import ReadOptions
from data_formats.report import EMPTY_TOKENS, Report
from data_formats.spacing import JoinRule
from data_formats.text_files import Source

OTHER_WORDS = "entities that state other words than their tokens"
_COUNTED = {
    "relations": RELATIONS,
    "relation_mentions": RELATIONS,
    "golden-relation-mentions": RELATIONS,
    "event_mentions": EVENTS,
    "golden-event-mentions": EVENTS,
}


@dataclass(frozen=True, slots=True)
class _Form:
    """The keys of a form: of the tokens, of the entities, and in an entity of its type and its place.

    index: the place is a list of indices, rather than a start and an end that is not included.
    """

    name: str
    tokens: str
    entities: str
    type: str
    index: bool = False
    text: str | None = None

    def expected(self) -> str:
        """What an object should be."""
        return f"an object with {self.tokens!r} and {self.entities!r}, as {self.name} has it"


# From the readers of these programs: github.com/ljynlp/W2NER (data_loader.py), lavis-nlp/spert (input_reader.py),
# nlpcl-lab/ace2005-preprocessing (README.md) and OneIE 0.4.8 (data.py).
FORMS = (
    _Form("W2NER", "sentence", "ner", "type", index=True),
    _Form("ACE 2005", "words", "golden-entity-mentions", "entity-type", text="sentence"),
    _Form("OneIE", "tokens", "entity_mentions", "entity_type", text="sentence"),
    _Form("SpERT", "tokens", "entities", "type"),
)


def read_token_spans(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """A document for each object of JSON lines or of a list; tokens are joined as in columns.

    A sentence of the file is kept as the text if the tokens are in it. Relations and events are counted, and so are
    discontinuous entities, which are left out. Raises FormatError if an entity's words are not its tokens where its end
    seems to be included.
    """
    source.keep()
    rule, form = JoinRule(), None
    for record in records(source):
        form = form or _form(record)
        rule.add(token for token in _tokens(record, form) if token)
    join = rule.join if options.join == "auto" else options.join
    seen, unknown = SeenIds(), UnknownKeys(report)
    for record in records(source, report):
        if form is not None:
            document = _document(record, form, join, report, options)
            seen.add(document.id, record.where)
            row = object_of(record.value, record.where, form.expected())
            known = {"id", "sent_id", form.tokens, form.entities, form.text or form.tokens, *_COUNTED}
            unknown.add(row, known if options.entities else known | ANNOTATION, record.where, of="documents")
            yield document


def _form(record: Record) -> _Form:
    row = object_of(record.value, record.where, "an object with tokens and entities")
    for form in FORMS:
        if {form.tokens, form.entities} <= row.keys():
            return form
    named = ", ".join(f"{form.tokens!r} and {form.entities!r} ({form.name})" for form in FORMS)
    raise FormatError(f"{record.where}: {shown(row)} has no such keys; expected {named}")


def _tokens(record: Record, form: _Form) -> list[str]:
    row = object_of(record.value, record.where, form.expected())
    listed = member(row, form.tokens, (), record.where, of="the object", expected=form.expected())
    return [text_of(token, "a token", record.where) for token in list_of(listed, repr(form.tokens), record.where)]


def _document(record: Record, form: _Form, join: str, report: Report, options: ReadOptions) -> Document:
    row, where = object_of(record.value, record.where, form.expected()), record.where
    tokens = _tokens(record, form)
    own = row.get(form.text or "")
    identifier = id_of(row.get("id", row.get("sent_id")), record)
    sentence = Sentence(identifier, where, tokens, (), text=own if isinstance(own, str) else None)
    text, offsets = text_of_tokens(sentence, join, report)
    entities: tuple[Entity, ...] = ()
    if options.entities:
        count_present(row, _COUNTED, report, where)
        listed = member(row, form.entities, (), where, of="the object", expected=form.expected())
        entities = tuple(
            _entities(list_of(listed, repr(form.entities), where), form, tokens, text, offsets, report, where)
        )
    shown_tokens = tuple((start, end) for start, end in offsets if start < end)
    report.lose(EMPTY_TOKENS, where, len(offsets) - len(shown_tokens))
    return document_of(identifier, text, report.each_once(entities, where), where, tokens=shown_tokens)


def _entities(
    mentions: Sequence[object],
    form: _Form,
    tokens: Sequence[str],
    text: str,
    offsets: Sequence[tuple[int, int]],
    report: Report,
    where: str,
) -> Iterator[Entity]:
    for mention in mentions:
        row = object_of(mention, where, "an entity")
        type_ = member(row, form.type, (), where, of="an entity", expected=f"its type under {form.type!r}")
        start, end = _indices(row, form, where)
        if start < 0:
            report.lose(DISCONTINUOUS, where)
            continue
        if not 0 <= start < end <= len(tokens):
            raise FormatError(
                f"{where}: the entity {shown(row)} is not within the {len(tokens)} tokens; expected indices from 0, "
                "the end not included"
            )
        _check_words(row, tokens, start, end, report, where)
        yield entity_at(text, offsets[start][0], offsets[end - 1][1], type_, where)


def _indices(row: Mapping[str, Any], form: _Form, where: str) -> tuple[int, int]:
    """The first token and the one behind the last; -1 and -1 for an entity with gaps."""
    if not form.index:
        start, end = (number_of(row.get(key), f"an entity's {key!r}", where) for key in ("start", "end"))
        return (start, end) if start >= 0 else (0, 0)
    index = [number_of(each, "a token's index", where) for each in list_of(row.get("index"), "'index'", where)]
    ordered = sorted(set(index))
    if not ordered or ordered[0] < 0:
        return 0, 0
    return (ordered[0], ordered[-1] + 1) if len(ordered) == ordered[-1] - ordered[0] + 1 else (-1, -1)


def _check_words(
    row: Mapping[str, Any], tokens: Sequence[str], start: int, end: int, report: Report, where: str
) -> None:
    """Counts an entity that states other words; raises FormatError if they are those with the next token."""
    said = row.get("text")
    if not isinstance(said, str) or _bare(said) == _bare("".join(tokens[start:end])):
        return
    if _bare(said) == _bare("".join(tokens[start : end + 1])):
        raise FormatError(
            f"{where}: the entity of the tokens {start} to {end - 1} says {said!r}, which are the tokens {start} to "
            f"{end}; expected an end that is not included"
        )
    report.lose(OTHER_WORDS, f"{where}: {said!r}")


def _bare(text: str) -> str:
    return "".join(text.split())
