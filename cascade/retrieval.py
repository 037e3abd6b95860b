"""Retrieval: which adapters read a document, by hand, by its language or by the language that its text seems to be in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import combinations

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
    probability: differences before whole adapters, fewer languages before more.  The whole adapters of most languages read the rest; of several of equally
    many languages those that are likeliest, else the first by name.

    by_hand: the name of the pair that reads all documents, whatever their language; for a stage that it does not hold, the adapter of most languages.
    Raises AdapterError where there is none or more than one of that name, and where two adapters fit a language equally well.
    """

    def __init__(self, shelf: AdapterShelf, *, by_hand: str | None = None, identify: Callable[[str], Mapping[str, float]] | None = None) -> None:
        self.shelf = shelf
        self._given_identifier = identify
        self._languages = {adapter.folder: adapter.languages for adapter in shelf.adapters}  # worked out once, asked for with every document
        pair = self._called(by_hand) if by_hand is not None else dict[str, Adapter]()
        for stage in STAGES:
            if stage not in pair:
                self._refuse_equals(stage)
        self._by_hand = None if by_hand is None else (self._of(pair, "extractor"), self._of(pair, "classifier"))

    def __call__(self, text: str, language: str | None) -> Pair:
        """The extractor and the classifier that read `text`, which is in `language` if that is known."""
        if self._by_hand is not None or language_code(language or "") or not self.chooses:
            return self.named(language)
        probabilities = self.identify(text)
        return self._choose("extractor", probabilities), self._choose("classifier", probabilities)

    def named(self, language: str | None) -> Pair:
        """The extractor and the classifier for a language, or for texts of which nothing is known."""
        code = language_code(language or "")
        probabilities = {code: 1.0} if code else {}
        return self._by_hand or (self._choose("extractor", probabilities), self._choose("classifier", probabilities))

    @property
    def adapters(self) -> list[Adapter]:
        """Those that may be chosen."""
        return self.shelf.adapters if self._by_hand is None else list(self._by_hand)

    @cached_property
    def chooses(self) -> bool:
        """Whether there is more than one adapter of a stage."""
        return any(len(self.shelf.of_stage(stage)) > 1 for stage in STAGES)

    def is_trained(self, language: str, pair: Pair) -> bool:
        """Whether each adapter of a pair, or what it is a difference to, was trained on a language."""
        return all(language_code(language) in self._languages[adapter.folder] | self._languages[self.shelf.root(adapter).folder] for adapter in pair)

    @cached_property
    def identify(self) -> Callable[[str], Mapping[str, float]]:
        """What names the probabilities of a text's languages."""
        return self._given_identifier or LanguageIdentifier()

    def _choose(self, stage: str, probabilities: Mapping[str, float]) -> Adapter:
        adapters = self.shelf.of_stage(stage)
        likely = {adapter.folder: sum(probabilities.get(language, 0.0) for language in self._languages[adapter.folder]) for adapter in adapters}
        fitting = [adapter for adapter in adapters if likely[adapter.folder] >= LEAST_PROBABILITY]
        if fitting:
            return min(fitting, key=lambda adapter: (not adapter.card.builds_on, len(self._languages[adapter.folder]), -likely[adapter.folder]))
        whole = self.shelf.whole(stage)
        return max(whole, key=lambda adapter: (len(self._languages[adapter.folder]), likely[adapter.folder]))

    def _refuse_equals(self, stage: str) -> None:
        """Raises AdapterError where two adapters would fit a language equally well, before any document is read."""
        for left, right in combinations(self.shelf.of_stage(stage), 2):
            alike = bool(left.card.builds_on) == bool(right.card.builds_on) and len(left.languages) == len(right.languages)
            if alike and (left.languages & right.languages or not left.languages):
                languages = ", ".join(sorted(left.languages & right.languages)) or "none that they name"
                raise AdapterError(
                    f"two {stage} adapters fit the same languages ({languages}) equally well: {left.folder}, {right.folder}. "
                    f"Name the folder of the right ones with --adapters, or the right pair with --adapter"
                )

    def _of(self, pair: Mapping[str, Adapter], stage: str) -> Adapter:
        return pair[stage] if stage in pair else self._choose(stage, {})

    def _called(self, name: str) -> dict[str, Adapter]:
        """The adapters by stage of the pair of a name, or of the one folder of that name."""
        pairs = {adapter.name.rpartition("/")[0] for adapter in self.shelf.adapters}
        wanted = {name} if name in pairs else {pair for pair in pairs if pair.endswith(f"/{name}")}
        if not wanted:
            raise AdapterError(f"no adapters below {self.shelf.folder} are called {name!r}; expected one of {', '.join(sorted(pairs))}")
        found = [adapter for adapter in self.shelf.adapters if adapter.name.rpartition("/")[0] in wanted]
        by_stage = {adapter.card.stage: adapter for adapter in found}
        if len(by_stage) < len(found):
            names = ", ".join(adapter.name for adapter in found)
            raise AdapterError(f"{name!r} names several adapters of a stage below {self.shelf.folder}: {names}; expected the name of one pair")
        return by_stage
