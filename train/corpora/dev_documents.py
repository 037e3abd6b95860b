"""Dev documents of corpora, by which checkpoints are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from cascade.document import Document
from train.corpora.deduplication import key
from train.corpora.listed_types import listed_for, without_list
from train.corpora.loading import Corpus
from train.corpora.prompts import corpus_types

_HELD_OUT = 0.2  # share of the documents that become dev documents if none are named


def hold_out_dev(corpus: Corpus, *, most: int) -> Corpus:
    """The corpus with a fifth of its documents, at most `most` of them, moved to its dev documents.

    They are chosen by their texts: equal texts stay together, and where documents are added later, nearly all of those
    that were held out are held out again. So a pair that is trained further was hardly trained on what it is scored by.
    """
    wanted = min(most, round(_HELD_OUT * len(corpus.documents)))
    of_text: dict[str, list[int]] = {}
    for place, document in enumerate(corpus.documents):
        of_text.setdefault(key(document.text), []).append(place)
    in_order = [of_text[text] for text in sorted(of_text, key=_drawn_place)]
    chosen: set[int] = set()
    for places in in_order:
        if len(chosen) + len(places) <= wanted:
            chosen.update(places)
    if not chosen:  # no text is rare enough
        chosen.update([place for places in in_order for place in places][:wanted])
    kept, dev = (
        [document for place, document in enumerate(corpus.documents) if (place in chosen) == held]
        for held in (False, True)
    )
    return replace(
        corpus, documents=tuple(kept), dev=tuple(dev), dev_types=tuple(corpus_types(without_list(corpus.documents)))
    )


def _drawn_place(text: str) -> bytes:
    """Where a text stands in an order that looks like chance and is the same among whatever others."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


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
