"""Random documents for the formats of annotation tools, and ways through a file."""

from __future__ import annotations

import random
from pathlib import Path

import data_formats
from cascade.document import Document, Entity

WORDS = [
    "Ada",
    "New",
    "York",
    "İzmir",
    "naı\u0308ve",
    "اعلن",
    "ירושלים",
    "हिन्दी",
    "東京",
    "😀",
    "👩\u200d👩\u200d👧",
    "🇩🇪",
    "a.b",
    "#",
    "{",
]
GAPS = [" ", " ", "", "  ", "\t", "\n", "\r\n", "\n\n", "\u2028", "\u00a0"]
TYPES = ["person", "literary award", "B-ORG", "组织"]
SEEDS = range(30)


def random_documents(seed: int, *, gaps: list[str] = GAPS, types: list[str] = TYPES, count: int = 5) -> list[Document]:
    """Documents with nested, crossing, equal and sub-token entities; some texts are empty."""
    chance = random.Random(seed)
    return [random_document(chance, f"d{number}", gaps, types) for number in range(count)]


def random_document(chance: random.Random, identifier: str, gaps: list[str], types: list[str]) -> Document:
    text = ""
    for number in range(chance.choice([0, 1, 4, 8])):
        text += (chance.choice(gaps) if number else "") + chance.choice(WORDS)
    entities = set()
    for _ in range(chance.randint(0, 5) if text else 0):
        start = chance.randrange(len(text))
        end = chance.randint(start + 1, len(text))
        entities.add(Entity(start, end, chance.choice(types), chance.choice([None, 0.25, 1.0])))
        entities.add(Entity(start, end, chance.choice(types)))
    return Document(identifier, text, chance.choice([None, "de"]), tuple(entities))


def spans(document: Document) -> list[tuple[int, int, str]]:
    """What a format without scores holds of the entities."""
    return [(entity.start, entity.end, entity.type) for entity in document.entities]


def read(
    folder: Path, content: str, format_: str | None = None, name: str = "file", **options: str
) -> tuple[list[Document], dict[str, int]]:
    """The documents of a file with this content, and what was not read, by kind."""
    (folder / name).write_bytes(content.encode())
    report = data_formats.Report()
    return list(data_formats.read(folder / name, format_, report=report, **options)), dict(report.losses)


def through(documents: list[Document], path: Path, format_: str) -> tuple[list[Document], data_formats.Report]:
    """The documents written and read again, and the report of writing."""
    report = data_formats.write(documents, path, format_)
    return list(data_formats.read(path, format_)), report
