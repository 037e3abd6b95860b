"""Dev documents of corpora, by which checkpoints are chosen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from cascade.document import Document
from train.corpora.listed_types import listed_for, without_list
from train.corpora.loading import Corpus
from train.corpora.prompts import corpus_types

_HELD_OUT = 0.2  # share of the documents that become dev documents if none are named


def hold_out_dev(corpus: Corpus, *, most: int) -> Corpus:
    """The corpus with a fifth of its documents, at most `most` of them, moved to its dev documents.

    They are the same documents in every run.
    """
    places = list(range(len(corpus.documents)))
    random.Random("dev").shuffle(places)
    chosen = set(places[: min(most, round(_HELD_OUT * len(places)))])
    kept, dev = (
        [document for place, document in enumerate(corpus.documents) if (place in chosen) == held]
        for held in (False, True)
    )
    return replace(
        corpus, documents=tuple(kept), dev=tuple(dev), dev_types=tuple(corpus_types(without_list(corpus.documents)))
    )


def dev_items(corpora: Sequence[Corpus], stage: str) -> list[tuple[Document, list[str]]]:
    """The dev documents of each corpus with its types, or with those that they list themselves.

    The classifier is scored only on documents with entities.
    """
    result = []
    for corpus in corpora:
        types = list(corpus.dev_types) or corpus_types(without_list([*corpus.documents, *corpus.dev]))
        for document in corpus.dev:
            listed = [name for name in listed_for(document, f"corpus {corpus.name!r}") if name not in corpus.never]
            if (document.entities or stage == "extractor") and (listed or types):
                result.append((document, listed or types))
    return result
