"""Retrieval: which adapters read a document, by hand, by its language or by the language that its text seems to be in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from cascade.adapter import STAGES, Adapter, AdapterShelf
from cascade.errors import AdapterError
from cascade.language_identification import LanguageIdentifier, primary_subtag

LEAST_PROBABILITY = 0.5  # of an adapter's languages together; below it the adapter of most languages reads, which costs less than a wrong one


class Retriever:
    """Chooses the extractor and the classifier of each document.

    A document that names its language is read by that language's adapters; another by those whose languages its text is in with enough probability; the
    adapters of most languages read the rest.  by_hand: the folder name of the adapters that read all documents, whatever their language; for a stage that it
    does not hold, the adapter of most languages.  Raises AdapterError where there is none of that name.
    """

    def __init__(self, shelf: AdapterShelf, *, by_hand: str | None = None, identify: Callable[[str], Mapping[str, float]] | None = None) -> None:
        self.shelf = shelf
        self._given_identifier = identify
        self._by_hand = None if by_hand is None else self._called(by_hand)
        self._special = {stage: [adapter for adapter in shelf.adapters if adapter.card.stage == stage and shelf.is_special(adapter)] for stage in STAGES}
        self._trained = {primary_subtag(language) for adapter in shelf.adapters for language in adapter.card.languages}

    def __call__(self, text: str, language: str | None) -> tuple[Adapter, Adapter]:
        """The extractor and the classifier that read `text`, which is in `language` if that is known."""
        if self._by_hand is not None:
            return self._by_hand
        if language is not None or not any(self._special.values()):
            code = None if language is None else primary_subtag(language)
            return self.shelf.retrieve("extractor", code), self.shelf.retrieve("classifier", code)
        probabilities = self._identify(text)
        return self._likely("extractor", probabilities), self._likely("classifier", probabilities)

    @property
    def chooses(self) -> bool:
        """Whether documents may be read by different adapters."""
        return self._by_hand is None and any(len([each for each in self.shelf.adapters if each.card.stage == stage]) > 1 for stage in STAGES)

    def is_trained(self, language: str) -> bool:
        """Whether some adapter was trained on a language."""
        return primary_subtag(language) in self._trained

    @cached_property
    def _identify(self) -> Callable[[str], Mapping[str, float]]:
        return self._given_identifier or LanguageIdentifier()

    def _likely(self, stage: str, probabilities: Mapping[str, float]) -> Adapter:
        """The adapter for the likeliest languages, or that of most languages."""
        of_adapters = [(sum(probabilities.get(language, 0.0) for language in adapter.card.languages), adapter) for adapter in self._special[stage]]
        likely = max(of_adapters, key=lambda pair: pair[0], default=(0.0, None))
        return likely[1] if likely[1] is not None and likely[0] >= LEAST_PROBABILITY else self.shelf.retrieve(stage, None)

    def _called(self, name: str) -> tuple[Adapter, Adapter]:
        found = {adapter.card.stage: adapter for adapter in self.shelf.adapters if adapter.folder.parent.name == name}
        if not found:
            names = sorted({adapter.folder.parent.name for adapter in self.shelf.adapters})
            raise AdapterError(f"no adapter below {self.shelf.folder} is called {name!r}; expected one of {', '.join(names)}")
        return found.get("extractor") or self.shelf.retrieve("extractor", None), found.get("classifier") or self.shelf.retrieve("classifier", None)
