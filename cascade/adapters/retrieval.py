"""Retrieval: chooses the adapters that read a document, by name, by its language, or by its text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, cached_property
from itertools import combinations
from pathlib import Path
from unicodedata import normalize

from cascade.adapters.card import STAGES, Adapter, AdapterShelf, shipped_adapters
from cascade.adapters.centroid import CENTROID, Centroid, Floats, Nearest, read_centroid
from cascade.adapters.user_folder import user_pairs
from cascade.errors import AdapterError, meant
from cascade.languages.identification import LanguageIdentifier, language_code

# Least probability that a text is in one of an adapter's languages. With 300 short dev texts in each of 23 languages, a
# limit of 0.5 gave 80 % the right language and 0.7 % a wrong one that has adapters too; 0.8 gave 71 % and 0.1 %
# (2026-11).
LEAST_PROBABILITY = 0.5

Pair = tuple[Adapter, Adapter]
Embedding = Callable[[], Floats]


class Retriever:
    """Chooses the extractor and the classifier for each document.

    If a document names its language, the adapters of that language read it. Otherwise the language is identified from
    the text, and adapters whose languages are probable enough fit. Adapters that build on another one come before whole
    ones, and those for fewer languages before those for more. If none fits, the whole adapters for the most languages
    read the document. If several fit equally well, such as those for several domains of one language, the one whose
    training texts are most like the text is chosen, by centroid; without centroids, the one whose languages are
    likeliest.

    Adapters may be for some types alone (`only_types` in their cards): `for_types` is the choice among those that are
    for what is asked for, or among those for any types.

    by_hand: the name of the pair that reads all documents, whatever their language. If the pair lacks a stage, the
    adapter that was trained with its other one takes that stage, or else the one for the same types and the most
    languages. Raises AdapterError if no pair has that name or several have, and if two adapters fit a language equally
    well and one has no centroid.
    """

    def __init__(
        self,
        shelf: AdapterShelf,
        *,
        by_hand: str | None = None,
        identify: Callable[[str], Mapping[str, float]] | None = None,
        tells: bool = False,
    ) -> None:
        self.shelf = shelf
        self._tells = tells
        self._among: dict[frozenset[str], Retriever] = {}
        self._given_identifier = identify
        self._centroids: dict[Path, Centroid | None] = {}
        self._nearest: dict[tuple[Path, ...], Nearest | None] = {}
        # computed once, because it is needed for every document
        self._languages = {adapter.folder: adapter.languages for adapter in shelf.adapters}
        self._by_hand = self._called(by_hand) if by_hand is not None else dict[str, Adapter]()
        for stage in STAGES:
            if stage not in self._by_hand:
                self._refuse_equals(stage)

    def for_types(self, names: Collection[str] | None) -> Retriever:
        """The choice among the adapters for these types alone, the fewest types first, or else among those for any.

        names: as the model reads them; None for taxonomies, descriptions and the like, which only adapters for any
        types read. A pair that was named by hand reads all types, as do adapters that are all for some types alone.
        """
        if self._by_hand:
            return self
        asked = None if names is None else {name.casefold() for name in names}
        groups = {adapter.card.for_types for adapter in self.shelf.adapters}
        fitting = [group for group in groups if asked is not None and group and asked <= group]
        group = min(fitting, key=lambda each: (len(each), sorted(each)), default=frozenset[str]())
        if len(groups) == 1 or not self._is_complete(group):
            return self
        if group not in self._among:
            chosen = [adapter for adapter in self.shelf.adapters if adapter.card.for_types == group]
            self._among[group] = Retriever(self.shelf.among(chosen), identify=self._identified, tells=self.tells)
        return self._among[group]

    def _is_complete(self, group: Collection[str]) -> bool:
        """Whether there is a whole adapter of each stage for these types."""
        return all(any(each.card.for_types == group for each in self.shelf.whole(stage)) for stage in STAGES)

    def _identified(self, text: str) -> Mapping[str, float]:
        return self.identify(text)

    def __call__(self, text: str, language: str | None, embed: Callable[[str], Floats]) -> Pair:
        """The extractor and the classifier that read `text`.

        language: the language of the text, or None if it is not known. embed: returns the embedding of a text,
        (hidden,).
        """
        code = language_code(language)
        probabilities: Mapping[str, float] = {code: 1.0} if code else {}
        if not code and not self._by_hand and self.chooses:
            probabilities = self.identify(text)
        return self._pair(probabilities, cache(lambda: embed(text)))

    def named(self, language: str | None) -> Pair:
        """The extractor and the classifier for a language; None means that nothing is known of the texts.

        If several adapters fit equally well, the first by name is taken.
        """
        code = language_code(language)
        return self._pair({code: 1.0} if code else {}, None)

    @property
    def adapters(self) -> list[Adapter]:
        """The adapters that may be chosen."""
        if not self._by_hand:
            return self.shelf.adapters
        return [
            adapter
            for stage in STAGES
            for adapter in ([self._by_hand[stage]] if stage in self._by_hand else self._widest(stage))
        ]

    @property
    def demonstrations(self) -> dict[str, str]:
        """The kind of demonstrations that each adapter in question was trained with, by the adapter's name."""
        return {adapter.name: adapter.card.demonstrations for adapter in self.adapters}

    @cached_property
    def chooses(self) -> bool:
        """Whether some stage has more than one adapter."""
        return any(len(self.shelf.of_stage(stage)) > 1 for stage in STAGES)

    @property
    def tells(self) -> bool:
        """Whether results name the adapters that read them, because there was a choice."""
        return self._tells or self.chooses

    def is_trained(self, language: str, pair: Pair) -> bool:
        """Whether each adapter of a pair, or the adapter that it builds on, was trained on a language.

        One that names no languages may have been trained on any.
        """
        known = (self._languages[adapter.folder] | self._languages[self.shelf.root(adapter).folder] for adapter in pair)
        return all(not languages or language_code(language) in languages for languages in known)

    @cached_property
    def identify(self) -> Callable[[str], Mapping[str, float]]:
        """The function that returns the probabilities of a text's languages."""
        return self._given_identifier or LanguageIdentifier()

    def _pair(self, probabilities: Mapping[str, float], embedding: Embedding | None) -> Pair:
        return self._choose("extractor", probabilities, embedding), self._choose("classifier", probabilities, embedding)

    def _choose(self, stage: str, probabilities: Mapping[str, float], embedding: Embedding | None) -> Adapter:
        if stage in self._by_hand:
            return self._by_hand[stage]
        likely = {
            adapter.folder: sum(probabilities.get(language, 0.0) for language in self._languages[adapter.folder])
            for adapter in self.shelf.of_stage(stage)
        }
        fitting = (
            []
            if self._by_hand
            else [adapter for adapter in self.shelf.of_stage(stage) if likely[adapter.folder] >= LEAST_PROBABILITY]
        )
        least = min(map(self._breadth, fitting), default=None)
        equals = [adapter for adapter in fitting if self._breadth(adapter) == least] or self._widest(stage)
        if len(equals) > 1 and embedding is not None and (nearest := self._nearest_of(equals)) is not None:
            return equals[nearest(embedding())]
        return max(equals, key=lambda adapter: likely[adapter.folder])

    def _breadth(self, adapter: Adapter) -> tuple[bool, int]:
        """The sort key for adapters that fit: the smallest is chosen."""
        return not adapter.card.builds_on, len(self._languages[adapter.folder])

    def _widest(self, stage: str) -> list[Adapter]:
        """The whole adapters for the most languages; several if they have equally many."""
        whole = self._beside if self._by_hand else self.shelf.whole(stage)
        most = max(len(self._languages[adapter.folder]) for adapter in whole)
        return [adapter for adapter in whole if len(self._languages[adapter.folder]) == most]

    @cached_property
    def _beside(self) -> list[Adapter]:
        """The whole adapters for the stage that a pair named by hand lacks: what goes with the one that it has."""
        [named] = self._by_hand.values()
        root = self.shelf.root(named)
        whole = [each for stage in STAGES if stage not in self._by_hand for each in self.shelf.whole(stage)]
        if named.card.stage == "extractor":
            trained = [each for each in whole if each.card.reads and each.card.reads == root.checksum()]
        else:
            trained = [each for each in whole if root.card.reads and each.checksum() == root.card.reads]
        return trained or [each for each in whole if each.card.for_types == named.card.for_types] or whole

    def _nearest_of(self, adapters: Sequence[Adapter]) -> Nearest | None:
        """Finds the adapter whose training texts are most like a text; None if one of the adapters has no centroid."""
        folders = tuple(adapter.folder for adapter in adapters)
        if folders not in self._nearest:
            centroids = [centroid for adapter in adapters if (centroid := self._centroid(adapter)) is not None]
            self._nearest[folders] = Nearest(centroids) if len(centroids) == len(folders) else None
        return self._nearest[folders]

    def _centroid(self, adapter: Adapter) -> Centroid | None:
        if adapter.folder not in self._centroids:
            self._centroids[adapter.folder] = (
                read_centroid(adapter.folder) if (adapter.folder / CENTROID).is_file() else None
            )
        return self._centroids[adapter.folder]

    def _refuse_equals(self, stage: str) -> None:
        """Raises AdapterError, before any document is read, if two adapters would fit a language equally well."""
        for left, right in combinations(self.shelf.of_stage(stage), 2):
            alike = bool(left.card.builds_on) == bool(right.card.builds_on) and len(left.languages) == len(
                right.languages
            )
            if (
                alike
                and left.card.for_types == right.card.for_types
                and (left.languages & right.languages or not left.languages)
                and None in (self._centroid(left), self._centroid(right))
            ):
                languages = ", ".join(sorted(left.languages & right.languages)) or "none that they name"
                raise AdapterError(
                    f"two {stage} adapters fit the same languages ({languages}) equally well: {left.folder}, "
                    f"{right.folder}. "
                    f"Name the folder of the right ones with --adapters, or the right pair with --pair, "
                    f"or let both be chosen by what texts are like: `python -m train.centroids` for each pair"
                )

    def _called(self, name: str) -> dict[str, Adapter]:
        """The adapters of the pair with that name, by stage; a name of a single folder is enough."""
        pairs = {adapter.name.rpartition("/")[0] for adapter in self.shelf.adapters}
        # file systems may store accents apart from their letters
        composed = {pair: normalize("NFC", pair) for pair in (*pairs, name)}
        wanted = {pair for pair in pairs if composed[pair] == composed[name]}
        wanted = wanted or {pair for pair in pairs if composed[pair].endswith(f"/{composed[name]}")}
        if not wanted:
            own = user_pairs() if self.shelf.folder == shipped_adapters() else {}
            named = sorted({*pairs, *own})
            raise AdapterError(
                f"no adapters below {self.shelf.folder} are called {name!r}{meant(name, named)}; expected one of "
                f"{', '.join(named)}"
            )
        found = [adapter for adapter in self.shelf.adapters if adapter.name.rpartition("/")[0] in wanted]
        by_stage = {adapter.card.stage: adapter for adapter in found}
        if len(by_stage) < len(found):
            names = ", ".join(adapter.name for adapter in found)
            raise AdapterError(
                f"{name!r} names several adapters of a stage below {self.shelf.folder}: {names}; expected the name of "
                "one pair"
            )
        return by_stage
