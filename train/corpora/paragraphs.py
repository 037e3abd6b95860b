"""Paragraphs to train on: neighbouring sentences of running text are joined.

Users' texts are more often paragraphs than single sentences.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from cascade.document import Document

MOST_SENTENCES = 4
MOST_CHARACTERS = 450  # about 128 tokens of Latin script, the length up to which a text is read whole


def with_paragraphs(
    documents: Sequence[Document], share: float, source: random.Random, most_sentences: int = MOST_SENTENCES
) -> list[list[Document]]:
    """The documents in order, in groups of one, or of two to `most_sentences` neighbours that make a paragraph.

    About `share` of them are in paragraphs; fewer if many sentences are asked for and MOST_CHARACTERS ends paragraphs
    earlier.
    """
    mean_size = (2 + most_sentences) / 2
    # probability that a paragraph begins, chosen so that paragraphs hold `share` of the documents
    begins = share / (mean_size - share * (mean_size - 1))
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
