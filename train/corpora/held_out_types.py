"""Keeps types out of a training, so that the result can be tested on types that it never saw."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from cascade.document import Document
from cascade.errors import CascadeError
from train.corpora.listed_types import by_list, without_list
from train.corpora.loading import Corpus
from train.corpora.prompts import corpus_types


def without_types(draws: Sequence[Sequence[Corpus]], types: Collection[str]) -> list[list[Corpus]]:
    """The corpora of each epoch without the documents, train and dev, that hold entities of these types.

    No prompt names the types either: not as asked for, absent, broader or under another name. Whole documents are left
    out, because the extractor would learn to skip entities that are there but unmarked: trained that way on half of
    Few-NERD's groups of types, it found none of the other half (F1 of 0.1; train/LOG.md). A corpus with nothing left is
    left out.

    Raises CascadeError if nothing is left. It also does so for a type that no corpus has or names as absent, because a
    misspelt type would be trained on.
    """
    drawn = [corpus for corpora in draws for corpus in corpora]
    known = {name for corpus in drawn for name in (*corpus.absent, *_types_of(corpus))}
    if unknown := sorted(set(types) - known):
        raise CascadeError(
            f"--without-types: {', '.join(unknown)}; expected some of the corpora's types, as prompts name them: "
            f"{', '.join(sorted(known))}"
        )
    if not types:
        return [list(corpora) for corpora in draws]
    made = [[_without(corpus, types) for corpus in corpora] for corpora in draws]
    # by their places, as two may have one name
    kept = {place for corpora in made for place, corpus in enumerate(corpora) if corpus_types(corpus.documents)}
    if not kept:
        raise CascadeError("--without-types leaves no type to train on; expected at least one")
    return [[corpus for place, corpus in enumerate(corpora) if place in kept] for corpora in made]


def _types_of(corpus: Corpus) -> list[str]:
    """The types of its entities, and those that its documents list."""
    documents = [*corpus.documents, *corpus.dev]
    return [*corpus_types(documents), *(name for listed in by_list(documents, corpus.name) for name in listed)]


def _without(corpus: Corpus, types: Collection[str]) -> Corpus:
    def kept(documents: Sequence[Document]) -> tuple[Document, ...]:
        return tuple(
            document for document in documents if not any(entity.type in types for entity in document.entities)
        )

    dev = kept(corpus.dev)
    return replace(
        corpus,
        documents=kept(corpus.documents),
        absent=tuple(name for name in corpus.absent if name not in types),
        never=tuple(types),
        dev=dev,
        dev_types=tuple(name for name in corpus.dev_types if name not in types)
        or tuple(corpus_types(without_list(dev))),
        broader={
            name: tuple(broad for broad in broader if broad not in types)
            for name, broader in corpus.broader.items()
            if name not in types
        },
    )
