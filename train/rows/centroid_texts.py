"""Texts that an adapter's centroid is made of: a sample of those that it is trained on."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path

from cascade.document import Document

_MOST = 2000  # 100 do nearly as well (`python -m benchmarks.domains`)


def draw_centroid_texts(documents: Iterable[Document], *, seed: int) -> list[str]:
    """Texts drawn from those of the documents, each once."""
    texts = sorted({document.text for document in documents})
    return random.Random(seed).sample(texts, min(_MOST, len(texts)))


def read_centroid_texts(file: Path) -> list[str]:
    """The texts that prepared data has for the centroid."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
