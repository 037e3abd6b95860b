"""Makes all training rows of one corpus: samples that share a prompt are packed until a row is full."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cascade.demonstrations.examples import NOTHING, Demonstrations, as_asked_for, demonstration_tokens
from cascade.errors import CascadeError
from cascade.reading.row import pack
from cascade.stages.extractor_types import COMMON_TYPES, asked_of_extractor
from cascade.text.tokens import PieceTokens
from train.corpora.absent_types import absent_from
from train.corpora.broader_types import with_broader_types
from train.corpora.listed_types import listed_for, without_list
from train.corpora.loading import Corpus
from train.corpora.prompts import MOST_TYPES, MOST_TYPES_LISTED, Prompt, corpus_types, sample_prompt
from train.rows.bundle import ROW_LENGTHS, TrainingRow
from train.rows.samples import SAMPLE_TOKENS, Sample, samples_of
from train.rows.stage_rows import classifier_row, extractor_row

# share of documents with examples in front, if demonstrations are asked for; the others are read without (not tuned)
WITH_DEMONSTRATIONS = 0.5
# share of the classifier's rows whose texts were read for other types than it chooses from, as below the roots of a
# taxonomy (not tuned)
_READ_FOR_OTHERS = 0.15
_READ_FOR_ROOTS = 0.5  # the same of rows of a lower level, read for the roots as in inference (not tuned)
_CHUNK = 256  # samples packed together: enough to fill rows, and few enough to keep the samples mixed


def corpus_rows(
    corpus: Corpus,
    stage: str,
    tokens: PieceTokens,
    source: random.Random,
    *,
    demonstrations: str = "none",
    known: Collection[str] = COMMON_TYPES,
    depth: int = 1,
) -> list[TrainingRow]:
    """Training rows of one corpus; the samples of a row share a prompt, and rows are at most ROW_LENGTHS long.

    A single sample may make a longer row. Documents that list their types share rows with those of the same list alone,
    and with prompts of their own, each sample of the others makes a row. demonstrations: the kind of examples in front
    of half of the documents, taken from the corpus's other documents. known: the types that the extractor was trained
    on. depth: the layers of spans that the extractor learns. Raises CascadeError for a corpus without entities.
    """
    types = corpus_types(corpus.documents)
    if not types:
        raise CascadeError(f"corpus {corpus.name!r}: no document has an entity; expected typed entities to train on")
    samples = _corpus_samples(corpus, tokens, source, demonstrations)
    if stage == "classifier":
        samples = [sample for sample in samples if sample.spans]
    source.shuffle(samples)
    lists: dict[tuple[str, ...], list[Sample]] = {}
    for sample in samples:
        lists.setdefault(sample.listed, []).append(sample)
    # what is marked in a document of another list may stand unmarked in this one
    elsewhere = {*types, *(name for listed in lists for name in listed)}
    corpus = replace(corpus, absent=tuple(name for name in corpus.absent if name not in elsewhere))
    own = corpus_types(without_list(corpus.documents))
    others = lists.pop((), [])
    maker = _RowMaker(corpus, stage, tokens, source, own, known, depth)
    if not own:  # they have no entity, and no type to be asked for
        rows = []
    elif corpus.own_prompts:
        rows = [maker.row([sample], long=source.random() < corpus.shares.long) for sample in others]
    else:
        rows = _packed(maker, others)
    for listed, members in lists.items():
        if asked := [name for name in listed if name not in corpus.never]:
            rows += _packed(replace(maker, types=asked, listed=True), members)
    return rows


def _packed(maker: _RowMaker, samples: list[Sample]) -> list[TrainingRow]:
    """Rows in which samples share a prompt, a share of them with a long one."""
    rows = maker.long_rows([samples.pop() for _ in range(round(maker.corpus.shares.long * len(samples)))])
    back: list[Sample] = []
    for first in range(0, len(samples), _CHUNK):
        made, back = maker.full_rows([*back, *samples[first : first + _CHUNK]])
        rows += made
    return rows + [maker.row([sample]) for sample in back]


def _corpus_samples(corpus: Corpus, tokens: PieceTokens, source: random.Random, demonstrations: str) -> list[Sample]:
    """The samples of all documents, in order, some of them with examples in front."""
    index = Demonstrations(corpus.documents, demonstrations) if demonstrations != "none" else None
    samples: list[Sample] = []
    for document in corpus.documents:
        shown = index is not None and source.random() < WITH_DEMONSTRATIONS
        examples = index.find(document.text) if index is not None and shown else NOTHING
        absent = absent_from(document, f"corpus {corpus.name!r}") if corpus.own_prompts else ()
        listed = listed_for(document, f"corpus {corpus.name!r}")
        samples += [
            replace(sample, examples=examples, absent=absent, listed=listed)
            for sample in samples_of(document, tokens, size=SAMPLE_TOKENS)
        ]
    return samples


@dataclass(frozen=True, slots=True)
class _RowMaker:
    """Makes rows of a corpus's samples, with prompts drawn from `source`.

    types: the corpus's own, most frequent first, or the list that its documents have (`listed`). known: the types that
    the extractor was trained on.
    """

    corpus: Corpus
    stage: str
    tokens: PieceTokens
    source: random.Random
    types: Sequence[str]
    known: Collection[str]
    depth: int
    listed: bool = False

    @property
    def most_types(self) -> int:
        """The most types of the corpus that a prompt asks for, unless it is long."""
        return MOST_TYPES_LISTED if self.listed else MOST_TYPES

    def row(self, samples: Sequence[Sample], *, long: bool = False) -> TrainingRow:
        """The row of samples after a prompt that is drawn for them."""
        occur = {span[2] for sample in samples for span in sample.spans}
        present = [name for name in self.types if name in occur]
        near = list(dict.fromkeys(name for sample in samples for name in sample.absent))
        prompt = self._prompt(present, near, long=long)
        if self.stage == "extractor":
            return extractor_row(samples, prompt, self.tokens, depth=self.depth)
        return classifier_row(samples, prompt, self.tokens, asked=self._asked_first(prompt, present))

    def _prompt(self, present: Sequence[str], near: Sequence[str] = (), *, long: bool = False) -> Prompt:
        """A prompt for samples with entities of the types `present` and none of the types `near`."""
        corpus = self.corpus
        if corpus.fixed_types and not self.listed:
            return Prompt(corpus.fixed_types, {name: name for name in corpus.fixed_types})
        prompt = sample_prompt(
            self.types,
            present,
            corpus.absent,
            self.source,
            near=near,
            any_type=self.stage == "extractor",
            long=long,
            never=corpus.never,
            shares=corpus.shares,
            descriptions=corpus.descriptions,
            most=self.most_types,
        )
        if corpus.own_prompts or self.listed:  # broader types of most of its types are unknown
            return prompt
        return with_broader_types(prompt, self.types, corpus.broader, self.source)

    def _asked_first(self, prompt: Prompt, present: Sequence[str]) -> list[str]:
        """What the extractor is asked for in texts whose spans the classifier types by `prompt`."""
        if self.corpus.roots and self.source.random() < _READ_FOR_ROOTS:
            return asked_of_extractor(self.corpus.roots, self.known)
        other = self._prompt(present) if self.source.random() < _READ_FOR_OTHERS else prompt
        return asked_of_extractor(other.types or prompt.types or (), self.known)

    def full_rows(self, samples: Sequence[Sample]) -> tuple[list[TrainingRow], list[Sample]]:
        """Rows of samples packed by length, and the samples for which their row was too short."""
        # tokens reserved for the prefix; a row that is still too long gives back its last sample
        reserve = 6 + 3 * min(len(self.types), self.most_types)
        rows: list[TrainingRow] = []
        back: list[Sample] = []
        lengths = [self._length(sample) for sample in samples]
        for shortest, longest in pairwise((0, *ROW_LENGTHS)):
            group = [index for index, length in enumerate(lengths) if shortest < length + reserve <= longest]
            for members in pack([lengths[index] for index in group], capacity=longest - reserve):
                chosen = [samples[group[member]] for member in members]
                row = self.row(chosen)
                while row.size > longest and len(chosen) > 1:
                    back.append(chosen.pop())
                    row = self.row(chosen)
                rows.append(row)
        longer = [sample for sample, length in zip(samples, lengths, strict=True) if length + reserve > ROW_LENGTHS[-1]]
        rows += [self.row([sample]) for sample in longer]
        return rows, back

    def long_rows(self, samples: Sequence[Sample]) -> list[TrainingRow]:
        """Rows with long prompts, in which half of each row is for the types."""
        longest = ROW_LENGTHS[-1]
        rows = []
        for members in pack([self._length(sample) for sample in samples], capacity=longest // 2):
            chosen, left = [samples[member] for member in members], list[Sample]()
            while chosen:
                row = self.row(chosen, long=True)
                if row.size <= longest or len(chosen) == 1:
                    rows.append(row)
                    chosen, left = left, []
                else:
                    left.append(chosen.pop())
        return rows

    def _length(self, sample: Sample) -> int:
        """The number of a sample's tokens in a row; queries on it rarely need as many."""
        before = demonstration_tokens(as_asked_for(sample.examples, {name: name for name in self.types}), self.tokens)
        return sample.length + len(before)
