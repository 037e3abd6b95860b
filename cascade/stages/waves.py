"""Waves: texts are read a few at a time, and their spans are typed while the states of what was read are still there.

So memory does not grow with the texts, nor with the length of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cascade.stages.classifier import Answers, Classifier, log_probabilities
from cascade.stages.decisions import Floats
from cascade.stages.extractor import Extractor, Readings, Span
from cascade.stages.type_trie import TypeTrie, build_trie
from cascade.text.encoded import EncodedText
from cascade.text.pieces import covering

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

    def keeps(self, piece: int) -> bool:
        """Whether a piece is decided by one of its windows."""
        return self.text.windows[0].keep_first <= piece < self.text.windows[-1].keep_last


@dataclass(frozen=True, slots=True)
class Wave:
    """Sections that were read together, with their spans; places: which texts they are of."""

    places: Sequence[int]
    readings: Readings
    spans: Sequence[Sequence[Span]]


def read_in_waves(extractor: Extractor, texts: Sequence[EncodedText], types: Sequence[str] | None) -> Iterator[Wave]:
    """The texts' spans, in order, with what typing them needs.

    A sentence that is too long for a wave is read as a whole to find its spans, and those of its windows that have some
    are read again.
    """
    most = _most(extractor)
    for sections in _waves([section for place, text in enumerate(texts) for section in _stretches(place, text)], most):
        if sections[0].tokens <= most:
            readings = extractor.read([section.text for section in sections], types)
            yield Wave([section.place for section in sections], readings, readings.spans())
            continue
        [long] = sections
        [found] = extractor([long.text], types)
        for windows in _waves(_windows(long), most):
            spans = [_kept(section, found) for section in windows]
            again = [place for place, own in enumerate(spans) if own]
            if again:
                readings = extractor.read([windows[place].text for place in again], types)
                yield Wave([long.place] * len(again), readings, [spans[place] for place in again])


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
        for sections, members in _given(self.extractor, texts, spans):
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


def _given(
    extractor: Extractor, texts: Sequence[EncodedText], spans: Sequence[Characters]
) -> Iterator[tuple[list[Section], list[list[int]]]]:
    """Waves of the windows that hold given spans, and which spans of their texts these are."""
    members: dict[int, list[int]] = {}
    sections: list[Section] = []
    for place, (text, wanted) in enumerate(zip(texts, spans, strict=True)):
        pieces = [covering(text.pieces, start, end) for start, end in wanted]
        for section in _windows(Section(place, text)):
            own = [member for member, covered in enumerate(pieces) if section.keeps(covered[0] if covered else 0)]
            if own:
                members[len(sections)] = own
                sections.append(section)
    done = 0
    for wave in _waves(sections, _most(extractor)):
        yield wave, [members[done + number] for number in range(len(wave))]
        done += len(wave)


def _most(extractor: Extractor) -> int:
    """Tokens of a wave: two batches at least, so that rows of like length come together."""
    return max(LEAST_TOKENS, 2 * extractor.batch_tokens)


def _stretches(place: int, text: EncodedText) -> Iterator[Section]:
    """The parts of a text whose windows share nothing with those of the next, such as sentences."""
    windows = list(text.windows)
    ends = [number for number, (left, right) in enumerate(pairwise(windows), start=1) if right.first >= left.last]
    for first, last in pairwise([0, *ends, len(windows)] if windows else []):
        yield Section(place, replace(text, windows=windows[first:last]))


def _windows(section: Section) -> list[Section]:
    return [Section(section.place, replace(section.text, windows=[window])) for window in section.text.windows]


def _waves(sections: Sequence[Section], most: int) -> Iterator[list[Section]]:
    """Neighbours of at most so many tokens together, or one section."""
    wave: list[Section] = []
    tokens = 0
    for section in sections:
        size = section.tokens
        if wave and tokens + size > most:
            yield wave
            wave, tokens = [], 0
        wave.append(section)
        tokens += size
    if wave:
        yield wave


def _kept(section: Section, spans: Sequence[Span]) -> list[Span]:
    """The spans whose first piece a section decides."""
    covered = [covering(section.text.pieces, span.start, span.end) for span in spans]
    return [
        span for span, places in zip(spans, covered, strict=True) if places is not None and section.keeps(places[0])
    ]
