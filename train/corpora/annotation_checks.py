"""Checks the annotation of training documents: what cannot be learnt as it is gets counted and reported.

So nothing is silently trained on in another form or left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cascade.document import Document
from cascade.errors import CascadeError, TaxonomyError
from cascade.languages.identification import is_known_language
from cascade.stages.nesting import in_layers
from cascade.stages.type_trie import build_trie
from cascade.taxonomy.tags import refuse_tags
from cascade.taxonomy.tree import compared, type_name
from cascade.text.pieces import covering, cut
from cascade.text.tokens import PieceTokens
from train.corpora.listed_types import by_list
from train.corpora.loading import Corpus
from train.corpora.prompts import corpus_types

FAULT_CHOICES = ("use", "refuse")

_BLANK = "entities of blanks alone, which are left out"
_OVERLAP = (
    "entities that overlap longer ones, or ones as long and earlier: the extractor learns those alone, the "
    "classifier all"
)
_OUT_OF_LAYERS = (
    "entities that cross longer ones or lie in {depth} others: the extractor, which learns {depth} layers, learns them "
    "not, the classifier all"
)
_TWO_TYPES = "spans of several types: the extractor learns each once, the classifier all its types"
_OFF_PIECES = "entities that begin or end inside a word or number or with blanks, which are learnt as the whole words"
_CONFLICT = "texts that stand there again with other entities, of which all are learnt"
_NO_LANGUAGE = "documents whose language is none that is known, by which nothing is retrieved"


@dataclass(slots=True)
class _Counts:
    """How often each fault was found, and its first place."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, fault: str, example: str, times: int = 1) -> None:
        if times:
            self.counts[fault] = self.counts.get(fault, 0) + times
            self.examples.setdefault(fault, example)


def check_types(corpora: Sequence[Corpus], tokens: PieceTokens) -> None:
    """Raises CascadeError for a corpus with a type that no prompt can name, or with two that none can tell apart."""
    for corpus in corpora:
        lists = by_list([*corpus.documents, *corpus.dev], f"corpus {corpus.name!r}")
        try:
            for listed, members in lists.items():
                _check_list(listed or corpus_types(members), tokens)
        except TaxonomyError as error:
            raise CascadeError(
                f"corpus {corpus.name!r}: {error}. Call it otherwise in the file, or with `rename` in a mixture"
            ) from error


def _check_list(types: Sequence[str], tokens: PieceTokens) -> None:
    refuse_tags(types)
    alike: dict[str, str] = {}
    for name in types:
        type_name(name)
        other = alike.setdefault(compared(name), name)
        if other != name:
            raise TaxonomyError(
                f"types {other!r} and {name!r} differ in case, blanks or how accents are encoded alone; expected one "
                "of them"
            )
    build_trie(types, tokens)


def annotation_faults(corpora: Sequence[Corpus], *, depth: int = 1) -> list[str]:
    """A line for each kind of fault in each corpus, in the order in which they were found.

    depth: the layers of nested entities that the extractor learns.
    """
    lines = []
    for corpus in corpora:
        found = _Counts()
        seen: dict[str, frozenset[tuple[int, int, str]]] = {}
        for document in corpus.documents:
            for fault, example, times in _in_document(document, depth):
                found.add(fault, example, times)
            entities = frozenset((entity.start, entity.end, entity.type) for entity in document.entities)
            if seen.setdefault(document.text, entities) != entities:
                found.add(_CONFLICT, f"document {document.id!r}")
        lines += [
            f"corpus {corpus.name!r}: {fault}: {count:,}, the first {found.examples[fault]}"
            for fault, count in found.counts.items()
        ]
    return lines


def _in_document(document: Document, depth: int) -> Iterator[tuple[str, str, int]]:
    """The faults of one document, each with an example and its number."""
    if document.language and not is_known_language(document.language):
        yield _NO_LANGUAGE, f"{document.language!r} in document {document.id!r}", 1
    if not document.entities:
        return
    pieces = cut(document.text)
    types: dict[tuple[int, int], set[str]] = {}
    for entity in document.entities:
        where = f"{entity.start}..{entity.end} in document {document.id!r}"
        covered = covering(pieces, entity.start, entity.end)
        if covered is None:
            yield _BLANK, where, 1
            continue
        types.setdefault(covered, set()).add(entity.type)
        if (pieces[covered[0]].start, pieces[covered[1]].end) != entity.span:
            yield _OFF_PIECES, where, 1
    kept = {span for layer in in_layers(types, depth) for span in layer}
    if lost := [span for span in types if span not in kept]:
        fault = _OVERLAP if depth == 1 else _OUT_OF_LAYERS.format(depth=depth)
        yield fault, f"{pieces[lost[0][0]].start}..{pieces[lost[0][1]].end} in document {document.id!r}", len(lost)
    for (first, last), names in types.items():
        if len(names) > 1:
            yield (
                _TWO_TYPES,
                f"{' and '.join(sorted(names))} at {pieces[first].start}..{pieces[last].end} in document "
                f"{document.id!r}",
                1,
            )


def refuse_faults(faults: Sequence[str]) -> None:
    """Raises CascadeError if there are faults."""
    if faults:
        raise CascadeError(
            f"the training documents have faults, which --annotation-faults refuse forbids: {'; '.join(faults)}. Mend "
            "them, or train with --annotation-faults use"
        )
