"""spaCy's training data in JSON: texts with offsets, the output of `Doc.to_json`, and the JSON of spaCy 2."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from cascade.document import Document, Entity
from cascade.errors import DocumentError, FormatError
from data_formats.annotation_tools.losses import WITHOUT_ANNOTATION
from data_formats.columns.labels import OUTSIDE, decoded
from data_formats.columns.writing import one_layer
from data_formats.identifiers import SeenIds, with_unique_ids
from data_formats.json_values import decode, shown, text_of
from data_formats.object_keys import UnknownKeys
from data_formats.read_options import ReadOptions
from data_formats.report import IDS, MARKS_FOR_OUTSIDE, Report
from data_formats.spacing import joined
from data_formats.text_files import Source

_KEYS = ("text", "ents", "entities", "id")
_OF_DOCS = ("tokens", "sents", "spans", "cats", "links", "_", "user_data", "heads", "deps", "tags")
_EXPECTED = 'expected [text, {"entities": [[start, end, type]]}], or an object with "text" and "ents", or "paragraphs"'


def read_spacy_json(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of a list or of lines of JSON, in any of spaCy's forms; offsets count characters (code points).

    The forms: `[text, {"entities": [[start, end, type], ...]}]`; objects with "text" and such "entities"; a list of the
    former under "annotations", as the NER Annotator saves it; the objects of `Doc.to_json`; objects with "paragraphs",
    whose tokens have BILUO labels, where a label - is read as O and counted. Documents without an id are called by
    their number.
    """
    seen, unknown = SeenIds(), UnknownKeys(report)
    for number, (value, where) in enumerate(_records(source), start=1):
        if value is None:
            report.lose(WITHOUT_ANNOTATION, where)
            continue
        for identifier, text, entities in _documents(value, number, where, options.entities, report):
            seen.add(identifier, where)
            row = value[1] if isinstance(value, list) else value
            if isinstance(row, dict) and "paragraphs" not in row:
                unknown.add(row, (*_KEYS, *(() if options.entities else _OF_DOCS)), where, of="documents")
            try:
                yield Document(identifier, text, None, tuple(Entity(*entity) for entity in entities))
            except DocumentError as error:
                raise FormatError(f"{where}: {error}") from error


def write_spacy_json(
    documents: Iterable[Document], stream: TextIO, report: Report, *, keep_tokens: bool = False
) -> None:
    """Writes a list of `[text, {"entities": [[start, end, type], ...]}]`, one a line; spaCy allows no overlaps."""
    stream.write("[")
    for number, document in enumerate(with_unique_ids(documents), start=1):
        report.lose_annotations(document)
        if document.id != f"document-{number}":
            report.lose(IDS, document.id)
        _, entities = one_layer(document, report, keep_tokens=keep_tokens)
        row = [document.text, {"entities": [[entity.start, entity.end, entity.type] for entity in entities]}]
        stream.write(f"{',' if number > 1 else ''}\n{json.dumps(row, ensure_ascii=False)}")
        report.wrote(len(entities))
    stream.write("\n]\n")


def _records(source: Source) -> Iterator[tuple[object, str]]:
    """The values of a list with their numbers, or those of lines; null stands for a text that was passed over."""
    text = source.text()
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if len(lines) > 1 and all(line.strip()[0] + line.strip()[-1] in ("[]", "{}") for _, line in lines):
        for number, line in lines:
            yield decode(line, source.name, number), f"{source.name}:{number}"
        return
    value = decode(text, source.name, 1)
    if isinstance(value, dict) and isinstance(value.get("annotations"), list) and "text" not in value:
        value = value["annotations"]
    whole = isinstance(value, list) and not (len(value) == 2 and isinstance(value[0], str))
    for number, each in enumerate(value if isinstance(value, list) and whole else [value], start=1):
        yield each, f"{source.name}: document {number}"


def _documents(
    value: object, number: int, where: str, with_entities: bool, report: Report
) -> Iterator[tuple[str, str, list[tuple[int, int, str]]]]:
    """The id, the text and the entities of the documents in a record."""
    if isinstance(value, dict) and isinstance(value.get("paragraphs"), list):
        for position, paragraph in enumerate(value["paragraphs"], start=1):
            identifier = f"document-{number}" if len(value["paragraphs"]) == 1 else f"document-{number}.{position}"
            yield identifier, *_paragraph(paragraph, where, with_entities, report)
        return
    row = value if isinstance(value, dict) else {}
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict):
        row = {"text": value[0], **value[1]}
    if "text" not in row or (with_entities and not {"ents", "entities"} & row.keys()):
        raise FormatError(f"{where}: {shown(value)} is no training example of spaCy; {_EXPECTED}")
    text = text_of(row["text"], "the text", where)
    listed = row.get("ents", row.get("entities")) if with_entities else []
    if not isinstance(listed, list):
        raise FormatError(f"{where}: the entities are {shown(listed)}; expected a list")
    own = row.get("id")
    own = str(own) if isinstance(own, int) and not isinstance(own, bool) else own
    identifier = own if isinstance(own, str) and own else f"document-{number}"
    yield identifier, text, [_entity(each, text, where) for each in listed]


def _entity(value: object, text: str, where: str) -> tuple[int, int, str]:
    fields = [value.get(key) for key in ("start", "end", "label")] if isinstance(value, dict) else value
    if isinstance(fields, list) and len(fields) == 3:
        start, end, type_ = fields
        whole = all(isinstance(each, int) and not isinstance(each, bool) for each in (start, end))
        if whole and isinstance(type_, str) and 0 <= start < end <= len(text):
            return start, end, type_
    raise FormatError(
        f"{where}: {shown(value)} is no entity of a text of {len(text)} characters; expected a start, an end and a type"
    )


def _paragraph(
    value: object, where: str, with_entities: bool, report: Report
) -> tuple[str, list[tuple[int, int, str]]]:
    """The text and the entities of a paragraph of spaCy 2: its tokens are looked for in the text, one after another."""
    if not isinstance(value, dict) or not isinstance(value.get("sentences"), list):
        raise FormatError(f"{where}: {shown(value)} is no paragraph; expected an object with 'sentences'")
    tokens = [token for sentence in value["sentences"] for token in _tokens(sentence, where)]
    words = [text_of(token.get("orth"), "a token's 'orth'", where) for token in tokens]
    raw = value.get("raw")
    text, offsets = (joined(words, "space")) if raw is None else (text_of(raw, "'raw'", where), ())
    if raw is not None:
        offsets = _offsets(words, text, where)
    labels = [str(token.get("ner") or OUTSIDE) for token in tokens] if with_entities else []
    report.lose(MARKS_FOR_OUTSIDE, where, labels.count("-"))
    labels = [OUTSIDE if label == "-" else label for label in labels]
    spans = decoded(labels, "bilou", repair=None, place=lambda position: f"{where}: token {position + 1}")
    return text, [(offsets[span.start][0], offsets[span.end - 1][1], span.type) for span in spans]


def _tokens(sentence: object, where: str) -> list[dict[str, object]]:
    tokens = sentence.get("tokens", []) if isinstance(sentence, dict) else None
    if not isinstance(tokens, list) or not all(isinstance(token, dict) for token in tokens):
        raise FormatError(f"{where}: {shown(sentence)} is no sentence; expected an object with a list of 'tokens'")
    return tokens


def _offsets(words: Sequence[str], text: str, where: str) -> tuple[tuple[int, int], ...]:
    """The offsets of words in their text; only white space may stand between."""
    found, position = [], 0
    for word in words:
        start = text.find(word, position)
        if start < 0 or text[position:start].strip():
            raise FormatError(
                f"{where}: the token {word!r} is not in the text at {position}; expected the text's tokens"
            )
        position = start + len(word)
        found.append((start, position))
    return tuple(found)
