"""Waves: texts are read a few at a time, and their spans are typed while the states of what was read are still there.

So memory does not grow with the texts, nor with the length of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cascade.reading.row import neighbours
from cascade.stages.classifier import Answers, Classifier, by_window, log_probabilities
from cascade.stages.decisions import Floats
from cascade.stages.extractor import Extractor, Readings, Span
from cascade.stages.type_trie import TypeTrie, build_trie
from cascade.text.encoded import EncodedText

LEAST_TOKENS = 4096  # of a wave: 75 MB of states with Gemma 3 270M

Characters = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Section:
    """Some windows of a text, as a text that has no others; place: which text."""

    place: int
    text: EncodedText

    @property
    def tokens(self) -> int:
        """How many tokens are read, those of windows that overlap twice."""
        sizes = (sum(map(len, self.text.ids[window.first : window.last])) for window in self.text.windows)
        return sum(size + len(self.text.before) for size in sizes)


@dataclass(frozen=True, slots=True)
class Wave:
    """Sections that were read together, with their spans; places: which texts they are of."""

    places: Sequence[int]
    readings: Readings
    spans: Sequence[Sequence[Span]]


def read_in_waves(
    extractor: Extractor, texts: Sequence[EncodedText], types: Sequence[str] | None, *, depth: int = 1
) -> Iterator[Wave]:
    """The texts' spans, in order, in `depth` layers, with what typing them needs.

    A sentence that is too long for a wave is read as a whole to find its spans, and those of its windows that have some
    are read again.  No name is kept for a wave, so that its states go before the next one is read, if its user lets
    them.
    """
    most = _most(extractor)
    for sections in _waves([section for place, text in enumerate(texts) for section in _stretches(place, text)], most):
        if sections[0].tokens <= most:
            yield _wave(sections, extractor.read([section.text for section in sections], types, depth=depth))
            continue
        [long] = sections
        [found] = extractor([long.text], types, depth=depth)
        for windows, members in _of_windows([long], [[(span.start, span.end) for span in found]], most):
            spans = [[found[member] for member in own] for own in members]
            yield _wave(windows, extractor.read([section.text for section in windows], types), spans)


def _wave(sections: Sequence[Section], readings: Readings, spans: Sequence[Sequence[Span]] | None = None) -> Wave:
    return Wave([section.place for section in sections], readings, readings.spans() if spans is None else spans)


@dataclass(frozen=True, slots=True)
class BothStages:
    """An extractor and the classifier that types spans in what it read; asked: the types that the extractor is asked
    for, where these are others than the classifier chooses from.
    """

    extractor: Extractor
    classifier: Classifier
    asked: Sequence[str] | None = None

    def answers(
        self, texts: Sequence[EncodedText], spans: Sequence[Characters], types: Sequence[str]
    ) -> tuple[TypeTrie, list[list[Answers | None]]]:
        """The trie of the types, and for each given span of each text the answers to its questions, as
        `Classifier.answers` has them.
        """
        results: list[list[Answers | None]] = [[None] * len(wanted) for wanted in spans]
        whole = [Section(place, text) for place, text in enumerate(texts)]
        for sections, members in _of_windows(whole, spans, _most(self.extractor)):
            readings = self.extractor.read([section.text for section in sections], self.asked or types)
            wanted = [
                [spans[section.place][each] for each in own] for section, own in zip(sections, members, strict=True)
            ]
            _, answered = self.classifier.answers(readings, wanted, types)
            for section, own, answers in zip(sections, members, answered, strict=True):
                for member, answer in zip(own, answers, strict=True):
                    results[section.place][member] = answer
        return build_trie(types, self.classifier.tokens), results

    def typed(
        self, texts: Sequence[EncodedText], spans: Sequence[Characters], types: Sequence[str]
    ) -> list[list[Floats]]:
        """For each given span of each text the log-probabilities of the types, then of `none of these`."""
        trie, answered = self.answers(texts, spans, types)
        return log_probabilities(trie, texts, answered)


def _of_windows(
    whole: Sequence[Section], spans: Sequence[Characters], most: int
) -> Iterator[tuple[list[Section], list[list[int]]]]:
    """Waves of the windows that hold spans of some sections, and which spans of theirs these are."""
    found = [
        (Section(section.place, replace(section.text, windows=[section.text.windows[number]])), members)
        for section, wanted in zip(whole, spans, strict=True)
        for number, members in by_window(section.text, wanted).items()
    ]
    for part in neighbours([section.tokens for section, _ in found], most=most):
        yield [found[place][0] for place in part], [found[place][1] for place in part]


def _most(extractor: Extractor) -> int:
    """Tokens of a wave: two batches at least, so that rows of like length come together."""
    return max(LEAST_TOKENS, 2 * extractor.batch_tokens)


def _stretches(place: int, text: EncodedText) -> Iterator[Section]:
    """The parts of a text whose windows share nothing with those of the next, such as sentences."""
    windows = list(text.windows)
    ends = [number for number, (left, right) in enumerate(pairwise(windows), start=1) if right.first >= left.last]
    for first, last in pairwise([0, *ends, len(windows)] if windows else []):
        yield Section(place, replace(text, windows=windows[first:last]))


def _waves(sections: Sequence[Section], most: int) -> Iterator[list[Section]]:
    """Neighbours of at most so many tokens together, or one section."""
    for part in neighbours([section.tokens for section in sections], most=most):
        yield [sections[place] for place in part]
