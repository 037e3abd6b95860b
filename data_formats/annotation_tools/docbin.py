"""spaCy's DocBin (.spacy), which `spacy train` reads; through the package spacy."""

from __future__ import annotations

import gc
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from cascade.document import Document, Entity
from cascade.errors import DocumentError, FormatError
from data_formats.columns.writing import one_layer
from data_formats.identifiers import SeenIds, with_unique_ids
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.text_files import Source

ID = "id"  # key of the document's id among a doc's user data
GROUPS = "spans of the group {group}"
UNANNOTATED = "documents with tokens whose annotation is missing (read as no entity)"
LINKS = "identifiers of entities"
# what a damaged file raises in spaCy and in what it reads with
_DAMAGED = (
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
NO_TYPE = "entities without a label (left out)"


def read_docbin(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of a DocBin: texts, tokens and `doc.ents`; offsets count characters (code points).

    `ReadOptions.layer` names a group of spans that is read instead, such as sc; groups that are not read are counted. A
    document is called by the id among its user data, as `write_docbin` stores it, or else by its number.
    """
    spacy = _spacy()
    with _whole(source.name):
        docs = spacy.tokens.DocBin().from_bytes(source.content()).get_docs(spacy.vocab.Vocab())
    seen = SeenIds()
    number = 0
    while True:
        number += 1
        with _whole(source.name):
            doc = next(docs, None)
            if doc is None:
                return
            where = f"{source.name}: document {number}"
            document = _document(doc, number, options, report, where)
        seen.add(document.id, where)
        yield document


@contextmanager
def _whole(name: str) -> Iterator[None]:
    """Raises FormatError inside for what a damaged file raises.

    The garbage collector is left as it was: srsly 2.5, which unpacks for spaCy, turns it off and leaves it so where it
    fails.
    """
    collects = gc.isenabled()
    try:
        yield
    except _DAMAGED as error:
        told = " ".join(str(error).split()) or type(error).__name__
        raise FormatError(f"{name}: the file is no DocBin of spaCy: {told[:200]}; expected a .spacy file") from error
    finally:
        if collects:
            gc.enable()


def _document(doc: Any, number: int, options: ReadOptions, report: Report, where: str) -> Document:
    own = doc.user_data.get(ID)
    identifier = own if isinstance(own, str) and own else f"document-{number}"
    entities = tuple(_entities(doc, options.layer, report, where)) if options.entities else ()
    tokens = tuple((token.idx, token.idx + len(token.text)) for token in doc if not token.is_space and token.text)
    try:
        return Document(identifier, doc.text, None, entities, tokens)
    except DocumentError as error:
        raise FormatError(f"{where}: {error}") from error


def write_docbin(documents: Iterable[Document], stream: TextIO, report: Report, *, keep_tokens: bool = False) -> None:
    """Writes a DocBin with `doc.ents`, one layer of entities that begin and end at tokens, as columns have it.

    The id stands among the user data. White space beyond one blank becomes tokens of its own, as spaCy has it. Raises
    FormatError for a stream that takes no bytes.
    """
    spacy = _spacy()
    binary = getattr(stream, "buffer", None)
    if binary is None:
        raise FormatError("the format spacy is binary, and a stream of text cannot hold it; name a file")
    vocab = spacy.vocab.Vocab()
    bin_ = spacy.tokens.DocBin(attrs=["ENT_IOB", "ENT_TYPE"], store_user_data=True)
    for document in with_unique_ids(documents):
        report.lose_annotations(document, tokens=False)
        offsets, entities = one_layer(document, report, keep_tokens=keep_tokens)
        words, spaces = spaced_words(document.text, offsets)
        doc = spacy.tokens.Doc(vocab, words=words, spaces=spaces, user_data={ID: document.id})
        doc.ents = [doc.char_span(entity.start, entity.end, label=entity.type) for entity in entities]
        bin_.add(doc)
        report.wrote(len(entities))
    binary.write(bin_.to_bytes())


def spaced_words(text: str, tokens: Iterable[tuple[int, int]]) -> tuple[list[str], list[bool]]:
    """The words of a text, and whether a blank follows each; all other text between tokens becomes words, too."""
    words: list[str] = []
    spaces: list[bool] = []
    position = 0
    for start, end in (*tokens, (len(text), len(text))):
        gap = text[position:start]
        if words and gap.startswith(" "):
            spaces[-1], gap = True, gap[1:]
        for word in (gap, text[start:end]):
            if word:
                words.append(word)
                spaces.append(False)
        position = end
    return words, spaces


def _spacy() -> Any:
    try:
        import spacy
        import spacy.tokens
        import spacy.vocab
    except ImportError as error:
        raise FormatError(
            "the format spacy needs the package spacy; install it with pip install 'cascade-ner[spacy]', or use the "
            "format spacy-json, which needs none"
        ) from error
    return spacy


def _entities(doc: Any, group: str | None, report: Report, where: str) -> Iterator[Entity]:
    """The entities of a doc, or the spans of a group."""
    if group is None and any(token.ent_iob == 0 for token in doc):
        report.lose(UNANNOTATED, where)
    for name, spans in doc.spans.items():
        if name != group:
            report.lose(GROUPS.format(group=name), where, len(spans))
    chosen = doc.ents if group is None else doc.spans.get(group, ())
    for span in chosen:
        report.lose(LINKS, where, bool(span.kb_id_ or span.id_))
        if not span.label_.strip() or span.start_char >= span.end_char:
            report.lose(NO_TYPE, where)
        else:
            yield Entity(span.start_char, span.end_char, span.label_)
