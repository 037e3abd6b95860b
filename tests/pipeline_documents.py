"""Texts, documents and adapters that the tests of whole cascades read."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from tiny_models import random_text, save_adapter

from cascade import Document
from cascade.model.base_model import BaseModel

TYPES = ["person", "place name", "company"]


TEXTS = [
    "Ada met Bob in London",
    "",
    "王小明在北京大学",
    " \n ",
    *[random_text(random.Random(seed), 20) for seed in range(8)],
    "z" * 500,
    "the red cross",
]


LANGUAGES = ("de", "en", None, "zh", "de", "fi")


def save_many_and_german(gemma: BaseModel, gemma_folder: Path, folder: Path) -> Path:
    """Writes both stages for several languages, and for German alone; returns `folder`."""
    for number, (name, languages) in enumerate([("many", ["de", "en", "zh"]), ("german", ["de"])]):
        for stage in ("extractor", "classifier"):
            save_adapter(
                gemma,
                gemma_folder,
                folder / name / stage,
                stage=stage,
                languages=languages,
                seed=10 * number + len(stage),
            )
    return folder


def documents_of(languages: Sequence[str | None]) -> list[Document]:
    """TEXTS as documents, their languages in turn."""
    return [Document(f"d{index}", text, languages[index % len(languages)]) for index, text in enumerate(TEXTS)]


def alike(left: Document, right: Document) -> bool:
    """Whether two results are the same but for rounding of scores."""
    places = [(entity.start, entity.end, entity.type) for entity in left.entities] == [
        (entity.start, entity.end, entity.type) for entity in right.entities
    ]
    scores = [[entity.score or 0.0 for entity in document.entities] for document in (left, right)]
    return (
        places
        and (left.id, left.text, left.language) == (right.id, right.text, right.language)
        and scores[0] == pytest.approx(scores[1], abs=3e-4)
    )


def entities_in(documents: Sequence[Document]) -> int:
    return sum(len(document.entities) for document in documents)
