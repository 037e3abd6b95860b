"""Seeded random documents with what offsets and files go wrong on."""

from __future__ import annotations

import random

from cascade.document import Document, Entity

WORDS = [
    "New",
    "York",
    "Straße",
    "naı\u0308ve",
    "ירושלים",
    "\u200eاعلن",
    "中国",
    "😀",
    "👩\u200d👩\u200d👧",
    "𝔘𝔫𝔦",
    "O",
    "#",
]
WORDS += ["\\", "\\t", "a_b", "[1]", "x|y", "->", ";", "*", "_", '"quoted"', "a,b", "&amp;", "<b>", "x\u2028y", "U.S."]
GAPS = [" ", " ", "", "  ", "\n", "\r\n", "\t", "\u3000", "\n\n"]
TYPES = ["person", "literary award", "B-ORG", "组织", "a|b[2]_*", "x\\", "t\ty", "R&D <1>", "-> ;"]


def random_documents(seed: int, *, count: int = 6, empty: bool = True) -> list[Document]:
    """Documents with repeats, gaps, nested and crossing entities, entities inside words; some texts are empty."""
    chance = random.Random(seed)
    return [_document(chance, f"d{number} é\\", empty=empty) for number in range(count)]


def _document(chance: random.Random, identifier: str, *, empty: bool) -> Document:
    text = chance.choice(["", "", " ", "\n"])
    tokens: list[tuple[int, int]] = []
    for word in chance.choices(WORDS, k=chance.randint(0 if empty else 1, 8)):
        text += chance.choice(GAPS) if tokens else ""
        tokens.append((len(text), len(text) + len(word)))
        text += word
    text += chance.choice(["", "", "\r\n", " "]) if tokens else ""
    if not tokens:
        return Document(identifier, "" if empty else "x")
    entities = set()
    for _ in range(chance.randint(0, 4)):
        first = chance.randrange(len(tokens))
        last = min(len(tokens) - 1, first + chance.randint(0, 2))
        entities.add(Entity(tokens[first][0], tokens[last][1], chance.choice(TYPES)))
        start = chance.randrange(len(text))
        entities.add(Entity(start, chance.randint(start + 1, len(text)), chance.choice(TYPES)))
    return Document(identifier, text, None, tuple(entities), chance.choice([None, tuple(tokens)]))


def found(document: Document) -> tuple[str, str, list[tuple[int, int, str]]]:
    """What a format should hold: the id, the text and the entities."""
    return document.id, document.text, [(entity.start, entity.end, entity.type) for entity in document.entities]
