"""A stand-in for a cascade that finds given names wherever they stand: for tests of what is done with entities."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cascade import Document, Entity


class NameFinder:
    """Finds each name as an entity of its type, with its score (0.9 where none is given).

    Those below `min_score` are left out, or unsure from `unsure_from` on, as a cascade does.  `asked` are the types and
    options of the last call, `read` all texts so far.
    """

    def __init__(self, types: Mapping[str, str], scores: Mapping[str, float] | None = None) -> None:
        self.names, self.scores = dict(types), dict(scores or {})
        self.asked: tuple[Any, dict[str, Any]] = (None, {})
        self.read: list[str] = []

    def __call__(self, document: Any, types: Any = None, **options: Any) -> Any:
        if isinstance(document, str | Document):
            return next(self.stream([document], types, **options))
        return list(self.stream(document, types, **options))

    def stream(self, documents: Iterable[Any], types: Any = None, **options: Any) -> Iterator[Document]:
        self.asked = types, options
        return (self._found(each, number, options) for number, each in enumerate(documents, start=1))

    def _found(self, given: Any, number: int, options: Mapping[str, Any]) -> Document:
        document = given if isinstance(given, Document) else Document(str(number), given)
        self.read.append(document.text)
        least, doubt = options.get("min_score") or 0.0, options.get("unsure_from")
        entities = []
        for name, type in self.names.items():
            score = self.scores.get(name, 0.9)
            for match in re.finditer(re.escape(name), document.text):
                if score >= least:
                    entities.append(Entity(*match.span(), type, score))
                elif doubt is not None and score >= doubt:
                    entities.append(Entity(*match.span(), type, score, unsure=True))
        return document.with_entities(entities)


class FirstOnly(NameFinder):
    """Finds only the first occurrence of each name, as a model may."""

    def _found(self, given: Any, number: int, options: Mapping[str, Any]) -> Document:
        document = super()._found(given, number, options)
        last_first = {each.text: each for each in reversed(document.entities)}  # the first of each text comes last
        return document.with_entities(last_first.values())


class OfAskedTypes(NameFinder):
    """Finds only names of the types that are asked for."""

    def _found(self, given: Any, number: int, options: Mapping[str, Any]) -> Document:
        document = super()._found(given, number, options)
        return document.with_entities(each for each in document.entities if each.type in self.asked[0])
