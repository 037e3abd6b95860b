"""Retrieval: which adapters read a document, by hand, by its language or by the language that its text seems to be in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from cascade.adapter import STAGES, Adapter, AdapterShelf
from cascade.errors import AdapterError
from cascade.language_identification import LanguageIdentifier, language_code

# Of an adapter's languages together.  300 short dev texts in each of 23 languages: from 0.5 on 80 % get the right language and 0.7 % a wrong one that has
# adapters too, from 0.8 on 71 % and 0.1 % (2026-11).
LEAST_PROBABILITY = 0.5

Pair = tuple[Adapter, Adapter]


class Retriever:
    """Chooses the extractor and the classifier of each document.

    A document that names its language is read by the adapters of that language; another one by those whose languages its text is in with enough
    probability; the adapters of most languages read the rest.  Differences go before whole adapters, and fewer languages before more.

    by_hand: the name of the pair that reads all documents, whatever their language; for a stage that it does not hold, the adapter of most languages.
    Raises AdapterError where there is none or more than one of that name, and where two adapters are for the same languages.
    """

    def __init__(self, shelf: AdapterShelf, *, by_hand: str | None = None, identify: Callable[[str], Mapping[str, float]] | None = None) -> None:
        self.shelf = shelf
        self._given_identifier = identify
        self._by_hand = None if by_hand is None else (self._called(by_hand, "extractor"), self._called(by_hand, "classifier"))
        if self._by_hand is None:
            for stage in STAGES:
                self._refuse_equals(stage)

    def __call__(self, text: str, language: str | None) -> Pair:
        """The extractor and the classifier that read `text`, which is in `language` if that is known."""
        if self._by_hand is not None:
            return self._by_hand
        if language_code(language or "") or not self.chooses:
            return self.named(language)
        probabilities = self.identify(text)
        return self._choose("extractor", probabilities), self._choose("classifier", probabilities)

    def named(self, language: str | None) -> Pair:
        """The extractor and the classifier for a language, or for texts of which nothing is known."""
        code = language_code(language or "")
        probabilities = {code: 1.0} if code else {}
        return self._choose("extractor", probabilities), self._choose("classifier", probabilities)

    @property
    def chooses(self) -> bool:
        """Whether there is more than one adapter of a stage."""
        return any(len(self.shelf.of_stage(stage)) > 1 for stage in STAGES)

    def is_trained(self, language: str, pair: Pair) -> bool:
        """Whether each adapter of a pair, or what it is a difference to, was trained on a language."""
        return all(language_code(language) in adapter.languages | self.shelf.root(adapter).languages for adapter in pair)

    @cached_property
    def identify(self) -> Callable[[str], Mapping[str, float]]:
        """What names the probabilities of a text's languages."""
        return self._given_identifier or LanguageIdentifier()

    def _choose(self, stage: str, probabilities: Mapping[str, float]) -> Adapter:
        """The adapter for certain languages that fits, else that of most languages; where several are of equally many, the likeliest."""
        adapters = self.shelf.of_stage(stage)
        likely = {adapter.folder: sum(probabilities.get(language, 0.0) for language in adapter.languages) for adapter in adapters}
        fitting = [adapter for adapter in adapters if adapter.is_special and likely[adapter.folder] >= LEAST_PROBABILITY]
        if fitting:
            return min(fitting, key=lambda adapter: (not adapter.card.builds_on, len(adapter.languages), -likely[adapter.folder]))
        return max(self._widest(stage), key=lambda adapter: likely[adapter.folder])

    def _widest(self, stage: str) -> list[Adapter]:
        whole = self.shelf.whole(stage)
        most = max(len(adapter.languages) for adapter in whole)
        return [adapter for adapter in whole if len(adapter.languages) == most]

    def _refuse_equals(self, stage: str) -> None:
        """Raises AdapterError where two adapters would fit a document equally well, before any document is read."""
        candidates = [*(each for each in self.shelf.of_stage(stage) if each.is_special), *self._widest(stage)]
        for adapter in candidates:
            equals = [other for other in candidates if (other.languages, bool(other.card.builds_on)) == (adapter.languages, bool(adapter.card.builds_on))]
            if len({other.folder for other in equals}) > 1:
                names = ", ".join(str(other.folder) for other in equals)
                languages = ", ".join(sorted(adapter.languages))
                raise AdapterError(
                    f"several {stage} adapters are for the same languages ({languages}): {names}. "
                    f"Name the folder of the right ones with --adapters, or the right pair with --adapter"
                )

    def _called(self, name: str, stage: str) -> Adapter:
        """The adapter of a stage in the pair of a name, or in the one folder of that name; that of most languages where the pair has none."""
        pairs = {adapter.name.rpartition("/")[0] for adapter in self.shelf.adapters}
        wanted = {name} if name in pairs else {pair for pair in pairs if pair.endswith(f"/{name}")}
        if not wanted:
            raise AdapterError(f"no adapters below {self.shelf.folder} are called {name!r}; expected one of {', '.join(sorted(pairs))}")
        if len(wanted) > 1:
            raise AdapterError(f"several pairs of adapters below {self.shelf.folder} are called {name!r}; expected one of {', '.join(sorted(wanted))}")
        found = [adapter for adapter in self.shelf.of_stage(stage) if adapter.name.rpartition("/")[0] in wanted]
        return found[0] if found else self._choose(stage, {})

