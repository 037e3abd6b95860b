"""Random documents with entities, and hostile ones, to make training data of."""

from __future__ import annotations

import random

from tiny_models import random_text

from cascade.document import Document, Entity
from cascade.stages.decisions import flat
from cascade.text.pieces import cut
from train.corpora.loading import Corpus

TYPES = ["person", "bank", "river", "company"]  # each begins with a token of its own, `none of these` too
STAGES = ("extractor", "classifier")


def random_document(seed: int, words: int = 12) -> Document:
    """A text with flat entities of several types, some of one piece."""
    source, text = random.Random(seed), f"Ada {random_text(random.Random(seed), words)}"
    pieces = cut(text)
    spans = flat(
        (first, min(len(pieces) - 1, first + source.randint(0, 2)))
        for first in source.choices(range(len(pieces)), k=len(pieces) // 4)
    )
    entities = tuple(Entity(pieces[first].start, pieces[last].end, source.choice(TYPES)) for first, last in spans)
    return Document(str(seed), text, ("de", "en")[seed % 2], entities if seed % 4 else ())


def hostile_documents() -> list[Document]:
    """Texts longer than any row: a word, a sentence, one with more marks than text; and texts without pieces."""
    dense = " ".join("Ada" for _ in range(240))
    return [
        Document("word", "z" * 900, entities=(Entity(0, 900, "person"),)),
        Document("long", f"Ada {random_text(random.Random(1), 900)}", entities=(Entity(0, 3, "person"),)),
        Document("dense", dense, entities=tuple(Entity(4 * index, 4 * index + 3, "person") for index in range(240))),
        Document("empty", ""),
        Document("blank", " \n "),
    ]


def corpus_of(documents: list[Document]) -> Corpus:
    return Corpus("made", tuple(documents), ("protein", "enzyme"))
