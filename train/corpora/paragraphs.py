"""Paragraphs to train on: neighbouring sentences of a corpus of running text, as users' texts are paragraphs more often
than single sentences.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from cascade.document import Document

MOST_SENTENCES = 4
MOST_CHARACTERS = 450  # about 128 tokens of Latin script: what is read whole


def with_paragraphs(
    documents: Sequence[Document], share: float, source: random.Random, most_sentences: int = MOST_SENTENCES
) -> list[list[Document]]:
    """Documents in order, in groups of one or of two to `most_sentences` neighbours that make a paragraph.

    About `share` of them stand in paragraphs; fewer where many sentences are asked for and MOST_CHARACTERS ends
    paragraphs before.
    """
    mean_size = (2 + most_sentences) / 2
    begins = share / (
        mean_size - share * (mean_size - 1)
    )  # probability that a paragraph begins, so that paragraphs hold `share` of the documents
    groups: list[list[Document]] = []
    wanted = 1
    for document in documents:
        if (
            groups
            and len(groups[-1]) < wanted
            and sum(len(other.text) + 1 for other in groups[-1]) + len(document.text) <= MOST_CHARACTERS
        ):
            groups[-1].append(document)
        else:
            wanted = source.randint(2, most_sentences) if source.random() < begins else 1
            groups.append([document])
    return groups
