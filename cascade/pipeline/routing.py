"""Routing: which adapters read which texts, each different question once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cascade.adapters.card import Adapter
from cascade.adapters.retrieval import Retriever
from cascade.document import Document
from cascade.languages.identification import is_known_language, language_code
from cascade.pipeline.counts import Counts


@dataclass(frozen=True, slots=True)
class Question:
    """A text with the adapters that read it; places: of the documents that hold it."""

    text: str
    extractor: Adapter
    classifier: Adapter
    places: list[int] = field(default_factory=list)


def questions(
    documents: Sequence[Document], retriever: Retriever, embedding_of: Callable[[str], NDArray[np.float64]]
) -> list[list[Question]]:
    """Every different question, in groups whose adapters stand beside the same weights.

    embedding_of: a text's embedding, by which adapters of one language are told apart.
    """
    shelf = retriever.shelf
    groups: dict[tuple[Path, Path], dict[tuple[str, Path, Path], Question]] = {}
    for place, document in enumerate(documents):
        extractor, classifier = retriever(document.text, document.language, embedding_of)
        group = groups.setdefault((shelf.root(extractor).folder, shelf.root(classifier).folder), {})
        question = Question(document.text, extractor, classifier)
        group.setdefault((document.text, extractor.folder, classifier.folder), question).places.append(place)
    return [list(group.values()) for group in groups.values()]


def count_languages(sentences: Sequence[Document], question: Question, retriever: Retriever, counts: Counts) -> None:
    """Notes those languages of sentences that are unknown, or that no adapter was trained on."""
    named = [sentence.language for sentence in sentences if sentence.language]
    counts.unknown_languages.update(language for language in named if not is_known_language(language))
    together = sentences[0].language
    pair = (question.extractor, question.classifier)
    if together and language_code(together) and not retriever.is_trained(together, pair):
        counts.untrained.update(named)
