"""Several readings of one text, whose entities overlap."""

from __future__ import annotations

from cascade.document import Document, Entity

TEXT = "New York University is in New York"
SHORT, LONG, LAST = (0, 8), (0, 19), (26, 34)


def reading(*entities: tuple[tuple[int, int], str, float | None], unsure: bool = False) -> Document:
    return Document("a", TEXT, "en", tuple(Entity(*span, name, score, unsure=unsure) for span, name, score in entities))


READINGS = [
    reading((SHORT, "city", 0.9), (LAST, "city", 0.8)),
    reading((LONG, "university", 0.4)),
    reading((SHORT, "city", 0.7), (LAST, "state", 0.6)),
]
