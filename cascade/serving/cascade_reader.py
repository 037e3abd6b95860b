"""Reads texts with a cascade, as the queue hands them over."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from cascade import Document
from cascade.serving.questions import Options, Reading

if TYPE_CHECKING:
    from cascade import Cascade

KEPT = 256  # checked options; a type list of 5,000 names takes 40 ms to check

UNDESCRIBED = "descriptions of types were not read, as the adapters were not trained with any"


class CascadeReader:
    """Reads texts of equal options by one call of a cascade, and checks options before texts wait with them."""

    def __init__(self, ner: Cascade) -> None:
        self.ner = ner
        self.check = lru_cache(KEPT)(self._check)

    def _check(self, options: Options) -> None:
        """Raises CascadeError for what the cascade would refuse."""
        self.ner.stream((), options.types, **options.of_call)

    def check_depth(self, depth: int) -> None:
        """Raises AdapterError for more layers of nested entities than the adapters were trained for."""
        self.ner.stream((), depth=depth)

    def check_language(self, language: str | None) -> None:
        """Raises LanguageError for a language that is not known."""
        self.ner.stream((), language=language)

    def __call__(self, documents: Sequence[Document], options: Options) -> list[Reading]:
        """What is found in each document, in order."""
        ner = self.ner.fresh()  # which counts this call alone
        found = list(ner.stream(documents, options.types, **options.of_call))
        notes = (UNDESCRIBED,) if ner.counts.undescribed else ()
        trained, untrained = set(ner.languages), set(ner.counts.untrained)
        return [self._reading(document, notes, trained, untrained) for document in found]

    def _reading(self, document: Document, notes: tuple[str, ...], trained: set[str], untrained: set[str]) -> Reading:
        """A document with its notes; trained: codes of languages; untrained: languages as documents name them."""
        language = document.language or self.ner.language_of(document.text)
        elsewhere = bool(trained) and language not in trained  # adapters may name no languages
        if document.language in untrained or (language and not document.language and elsewhere):
            notes = (*notes, f"the adapters were not trained on the language {language!r}")
        return Reading(document, language, notes)
