"""Training rows for each stage: samples after one prompt, with the right answers."""

from __future__ import annotations

from collections.abc import Sequence

from cascade.reading.passage import Passage
from cascade.stages.classifier import query_passage
from cascade.stages.extractor import extraction_passage
from cascade.stages.nesting import layer_labels
from cascade.stages.type_trie import NONE_OF_THESE, build_trie
from cascade.text.tokens import PieceTokens
from train.corpora.prompts import Prompt
from train.rows.bundle import TrainingRow, training_row
from train.rows.samples import Sample


def extractor_row(samples: Sequence[Sample], prompt: Prompt, tokens: PieceTokens, *, depth: int = 1) -> TrainingRow:
    """The row of samples, labelled with the spans that the prompt asks for, in `depth` layers."""
    passages = []
    for sample in samples:
        wanted = ((first, last) for first, last, name in sample.spans if name in prompt.names)
        labels = [tokens.label_columns[label] for label in layer_labels(wanted, len(sample.pieces), depth=depth)]
        before = sample.example_tokens(prompt, tokens)
        passages.append(extraction_passage(sample.pieces, labels, before=before, depth=depth))
    return training_row(tokens.prefix(prompt.types), passages, tokens.layer_labels(depth))


def classifier_row(
    samples: Sequence[Sample], prompt: Prompt, tokens: PieceTokens, *, asked: Sequence[str] | None = None
) -> TrainingRow:
    """The row of queries for all spans of samples; spans whose type the prompt does not name are `none of these`.

    asked: what the extractor, which reads the samples first, is asked for, if not the prompt's types.  Raises
    ValueError for a prompt that asks for any type.
    """
    if prompt.types is None:
        raise ValueError("the classifier's prompt names its types")
    trie = build_trie(prompt.types, tokens)
    texts: list[Passage] = []
    queries: list[Passage] = []
    for sample in samples:
        spans = [(first, last) for first, last, _ in sample.spans]
        answers = [trie.names.index(prompt.names.get(name, NONE_OF_THESE)) for _, _, name in sample.spans]
        before = sample.example_tokens(prompt, tokens)
        texts.append(extraction_passage(sample.pieces, before=before))
        passage, _ = query_passage(sample.pieces, spans, trie, tokens.marks, answers, before=len(before))
        queries.append(passage)
    prefix = tokens.prefix(prompt.types)
    read_behind = prefix if asked is None else tokens.prefix(asked)
    return training_row(prefix, queries, trie.questions, texts=texts, text_prefix=read_behind)
