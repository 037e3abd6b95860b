"""Prompts of a pair that will be asked for the types of its training documents, and for no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cascade.errors import CascadeError
from cascade.taxonomy.tree import Taxonomy
from train.corpora.listed_types import without_list
from train.corpora.loading import Corpus
from train.corpora.prompts import MOST_TYPES, corpus_types


def with_fixed_types(draws: Sequence[Sequence[Corpus]]) -> list[list[Corpus]]:
    """The corpora of each epoch, whose prompts all ask for the corpus' own types in the order in which reading asks.

    These are the types of all epochs and of the dev documents. Corpora for replay, and those whose documents have
    prompts of their own, are left as they are. Raises CascadeError for a corpus of more types than one prompt asks for.
    """
    types = [  # of each place: two corpora may have one name
        corpus_types([document for corpus in drawn for document in without_list([*corpus.documents, *corpus.dev])])
        for drawn in zip(*draws, strict=True)
    ]
    return [[_fixed(corpus, own) for corpus, own in zip(corpora, types, strict=True)] for corpora in draws]


def _fixed(corpus: Corpus, types: Sequence[str]) -> Corpus:
    if corpus.replay or corpus.own_prompts or not types:
        return corpus
    if len(types) > MOST_TYPES:
        raise CascadeError(
            f"--fixed-types: corpus {corpus.name!r} has {len(types)} types; expected at most {MOST_TYPES}, which one "
            "prompt asks for; train without the option"
        )
    asked = tuple(path[-1].name for path in Taxonomy.flat(types).in_order().paths())
    shares = replace(corpus.shares, long=0.0, described=0.0)
    return replace(corpus, fixed_types=asked, absent=(), broader={}, shares=shares)
