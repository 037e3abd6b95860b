"""The texts for an adapter's centroid: a sample of its training texts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path

from cascade.document import Document

_MOST = 2000  # 100 are nearly as good (`python -m benchmarks.domains`)


def draw_centroid_texts(documents: Iterable[Document], *, seed: int) -> list[str]:
    """A random sample of the documents' texts, each at most once."""
    texts = sorted({document.text for document in documents})
    return random.Random(seed).sample(texts, min(_MOST, len(texts)))


def read_centroid_texts(file: Path) -> list[str]:
    """The texts for the centroid in a file of prepared data."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
