"""Labelled documents to show examples of."""

from __future__ import annotations

from collections.abc import Sequence

from cascade import Document, Entity


def labelled(text: str, **types: str) -> Document:
    """A document in which each named string is an entity of its type."""
    entities = [Entity(text.index(string), text.index(string) + len(string), name) for string, name in types.items()]
    return Document(text, text, None, tuple(entities))


ADA = labelled("Ada Lovelace lived in London", Ada="person", London="place")


BOB = labelled("Bob met Ada in Rome", Bob="person", Ada="person", Rome="place")


CELL = labelled("The cell divides again", cell="biology")


LONG = labelled("London " * 50, London="city")


CHINESE = labelled("王小明住在北京", 王小明="person", 北京="place")


DOCUMENTS = [ADA, BOB, CELL, LONG, CHINESE, Document("unlabelled", "London calling")]


def has(ids: Sequence[int], part: Sequence[int]) -> bool:
    return any(tuple(ids[place : place + len(part)]) == tuple(part) for place in range(len(ids)))
