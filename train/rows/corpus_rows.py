"""All training rows of one corpus: samples that share a prompt, packed until a row is full."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cascade.demonstrations.examples import NOTHING, Demonstrations, as_asked_for, demonstration_tokens
from cascade.errors import CascadeError
from cascade.reading.row import pack
from cascade.text.tokens import PieceTokens
from train.corpora.broader_types import with_broader_types
from train.corpora.loading import Corpus
from train.corpora.prompts import MOST_TYPES, corpus_types, sample_prompt
from train.rows.bundle import ROW_LENGTHS, TrainingRow
from train.rows.samples import SAMPLE_TOKENS, Sample, samples_of
from train.rows.stage_rows import classifier_row, extractor_row

# share of the documents with examples in front of them, where some are asked for (not tuned); the rest is read without
WITH_DEMONSTRATIONS = 0.5
_CHUNK = 256  # samples packed together: enough to fill rows, few enough to keep them mixed


def corpus_rows(
    corpus: Corpus, stage: str, tokens: PieceTokens, source: random.Random, *, demonstrations: str = "none"
) -> list[TrainingRow]:
    """Training rows of one corpus, each of samples that share a prompt, at most ROW_LENGTHS long (or one sample).

    demonstrations: the kind that stands in front of half of the documents, taken from the corpus' other documents.
    Raises CascadeError for a corpus without entities.
    """
    types = corpus_types(corpus.documents)
    if not types:
        raise CascadeError(f"corpus {corpus.name!r}: no document has an entity; expected typed entities to train on")
    samples = _corpus_samples(corpus, tokens, source, demonstrations)
    if stage == "classifier":
        samples = [sample for sample in samples if sample.spans]
    source.shuffle(samples)
    maker = _RowMaker(corpus, stage, tokens, source, types)
    rows = maker.long_rows([samples.pop() for _ in range(round(corpus.shares.long * len(samples)))])
    back: list[Sample] = []
    for first in range(0, len(samples), _CHUNK):
        made, back = maker.full_rows([*back, *samples[first : first + _CHUNK]])
        rows += made
    return rows + [maker.row([sample]) for sample in back]


def _corpus_samples(corpus: Corpus, tokens: PieceTokens, source: random.Random, demonstrations: str) -> list[Sample]:
    """The samples of all documents, in order, some with examples in front."""
    index = Demonstrations(corpus.documents, demonstrations) if demonstrations != "none" else None
    samples: list[Sample] = []
    for document in corpus.documents:
        shown = index is not None and source.random() < WITH_DEMONSTRATIONS
        examples = index.find(document.text) if index is not None and shown else NOTHING
        samples += [replace(sample, examples=examples) for sample in samples_of(document, tokens, size=SAMPLE_TOKENS)]
    return samples


@dataclass(frozen=True, slots=True)
class _RowMaker:
    """Makes rows of a corpus' samples, behind prompts drawn from `source`; types: the corpus' own, frequent first."""

    corpus: Corpus
    stage: str
    tokens: PieceTokens
    source: random.Random
    types: Sequence[str]

    def row(self, samples: Sequence[Sample], *, long: bool = False) -> TrainingRow:
        """The row of samples behind a prompt drawn for them."""
        corpus = self.corpus
        present = [name for name in self.types if any(name == span[2] for sample in samples for span in sample.spans)]
        prompt = sample_prompt(
            self.types,
            present,
            corpus.absent,
            self.source,
            any_type=self.stage == "extractor",
            long=long,
            never=corpus.never,
            shares=corpus.shares,
        )
        prompt = with_broader_types(prompt, self.types, corpus.broader, self.source)
        make = extractor_row if self.stage == "extractor" else classifier_row
        return make(samples, prompt, self.tokens)

    def full_rows(self, samples: Sequence[Sample]) -> tuple[list[TrainingRow], list[Sample]]:
        """Rows of samples packed by their length, and the samples for which their row turned out too short."""
        # tokens kept free for the prefix; a row that still grows too long gives its last sample back
        reserve = 6 + 3 * min(len(self.types), MOST_TYPES)
        rows: list[TrainingRow] = []
        back: list[Sample] = []
        lengths = [self._length(sample) for sample in samples]
        for shortest, longest in pairwise((0, *ROW_LENGTHS)):
            group = [index for index, length in enumerate(lengths) if shortest < length + reserve <= longest]
            for members in pack([lengths[index] for index in group], capacity=longest - reserve):
                chosen = [samples[group[member]] for member in members]
                row = self.row(chosen)
                while len(row.ids) > longest and len(chosen) > 1:
                    back.append(chosen.pop())
                    row = self.row(chosen)
                rows.append(row)
        longer = [sample for sample, length in zip(samples, lengths, strict=True) if length + reserve > ROW_LENGTHS[-1]]
        rows += [self.row([sample]) for sample in longer]
        return rows, back

    def long_rows(self, samples: Sequence[Sample]) -> list[TrainingRow]:
        """Rows with long prompts, half of each for the types."""
        longest = ROW_LENGTHS[-1]
        rows = []
        for members in pack([self._length(sample) for sample in samples], capacity=longest // 2):
            chosen, left = [samples[member] for member in members], list[Sample]()
            while chosen:
                row = self.row(chosen, long=True)
                if len(row.ids) <= longest or len(chosen) == 1:
                    rows.append(row)
                    chosen, left = left, []
                else:
                    left.append(chosen.pop())
        return rows

    def _length(self, sample: Sample) -> int:
        """Tokens of a sample in a row, about: a span costs the classifier two marks and a token of a branch."""
        before = demonstration_tokens(as_asked_for(sample.examples, {name: name for name in self.types}), self.tokens)
        return sample.length + len(before) + (3 * len(sample.spans) if self.stage == "classifier" else 0)
