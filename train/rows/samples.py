"""Samples: parts of documents that fit into a training row, as tokens and labelled spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cascade.demonstrations.examples import NOTHING, Examples, as_asked_for, demonstration_tokens
from cascade.document import Document
from cascade.text.pieces import covering, cut
from cascade.text.sentences import sentence_starts
from cascade.text.tokens import PieceTokens
from train.corpora.loading import Corpus
from train.corpora.prompts import Prompt
from train.rows.bundle import ROW_LENGTHS
from train.rows.parts import parts

SAMPLE_TOKENS = ROW_LENGTHS[-1] // 2  # the most tokens of a document in one row


@dataclass(frozen=True, slots=True)
class Sample:
    """A part of a document: its pieces' tokens, and the gold spans as (first piece, last piece, type).

    examples: the examples in front of it. absent: types that the document says it has none of. listed: all types that
    are marked in the document, where it says so.
    """

    pieces: tuple[tuple[int, ...], ...]
    spans: tuple[tuple[int, int, str], ...]
    examples: Examples = NOTHING
    absent: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """The number of tokens of the part."""
        return sum(len(piece) for piece in self.pieces)

    def example_tokens(self, prompt: Prompt, tokens: PieceTokens) -> tuple[int, ...]:
        """The tokens of the examples; types are called as in the prompt."""
        return demonstration_tokens(as_asked_for(self.examples, prompt.names), tokens)


def samples_of(document: Document, tokens: PieceTokens, *, size: int) -> Iterator[Sample]:
    """The parts of a document, each of at most `size` tokens or one piece.

    They are cut between sentences if possible, and not inside a span. A span that no part holds whole is left out.
    """
    pieces = cut(document.text)
    encoded = tokens.pieces(document.text, pieces)
    spans = []
    for entity in document.entities:
        covered = covering(pieces, entity.start, entity.end)
        if covered:
            spans.append((*covered, entity.type))
    starts = sentence_starts(document.text, pieces)
    for part_first, part_last in parts([len(ids) for ids in encoded], starts, [span[:2] for span in spans], size=size):
        inside = tuple(
            (first - part_first, last - part_first, name)
            for first, last, name in spans
            if part_first <= first and last < part_last
        )
        yield Sample(tuple(encoded[part_first:part_last]), inside)


def oversized_entities(corpora: Sequence[Corpus], tokens: PieceTokens) -> list[str]:
    """A line for each corpus with entities that no sample holds whole.

    Such entities are too long, or belong to a chain of overlapping ones that is too long.
    """
    lines = []
    for corpus in corpora:
        where = []
        for document in corpus.documents:
            if document.entities and len(document.text.encode()) > SAMPLE_TOKENS:  # a token has at least one byte
                pieces = cut(document.text)
                wanted = sum(covering(pieces, entity.start, entity.end) is not None for entity in document.entities)
                where += [document.id] * (
                    wanted - sum(len(sample.spans) for sample in samples_of(document, tokens, size=SAMPLE_TOKENS))
                )
        if where:
            what = f"entities that no part of {SAMPLE_TOKENS} tokens holds whole, learnt as none"
            lines.append(f"corpus {corpus.name!r}: {what}: {len(where):,}, the first in document {where[0]!r}")
    return lines
