"""Both stages on some texts: the extractor's spans, typed by the classifier down a taxonomy, as entities."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from cascade.document import Entity
from cascade.pipeline.min_score import lowest_scores
from cascade.pipeline.settings import CallSettings
from cascade.pipeline.type_alone import refuted, with_each_type
from cascade.stages.asked_names import asked_names
from cascade.stages.classifier import Classifier
from cascade.stages.descent import Candidate, Descent, Path, shown_score
from cascade.stages.extractor import Extractor, Readings
from cascade.stages.extractor_types import asked_of_extractor, is_any_type
from cascade.stages.waves import Wave, read_in_waves
from cascade.taxonomy.tree import Taxonomy
from cascade.text.encoded import EncodedText

InFront = Callable[[Sequence[EncodedText], Path], Sequence[EncodedText]]

_LEAST = 1e-12  # a probability of 0 has no logarithm


@dataclass(slots=True)
class Found:
    """The entities of a text, and how many spans were `none of these`, left out as unsure, or not verified."""

    entities: list[Entity] = field(default_factory=list)
    rejected: int = 0
    unsure: int = 0
    unverified: int = 0


@dataclass(frozen=True, slots=True)
class StagePair:
    """The two stages that read some texts; known_types: those that the extractor was trained on."""

    extractor: Extractor
    classifier: Classifier
    known_types: Collection[str]


def find_entities(
    texts: Sequence[EncodedText],
    taxonomy: Taxonomy,
    stages: StagePair,
    settings: CallSettings,
    *,
    in_front: InFront | None = None,
) -> list[Found]:
    """What was found in each text.  A span that is unsure already is not typed, as typing only makes it less sure.

    The one type `any` gets all spans of the extractor, without typing.

    in_front: the texts as they are read for the types just below a path of names, such as with examples in front.
    """
    roots = asked_names(taxonomy.roots)
    spans_alone = is_any_type(roots) and taxonomy.depth == 1
    asked = None if spans_alone else asked_of_extractor(roots, stages.known_types)
    results = [Found() for _ in texts]
    maker = _Maker(taxonomy, settings)

    def at_level(readings: Readings, path: Path) -> Readings:
        if in_front is None or not path:
            return readings
        return readings.extractor.read(in_front(readings.texts, path), readings.types)

    def take(wave: Wave) -> None:
        readings, sure = wave.readings, list(maker.sure(wave, results))
        if spans_alone:
            typed: Iterator[Candidate] = (each._replace(path=(taxonomy.roots[0].name,)) for each in sure)
        elif settings.multi_label:
            typed = with_each_type(readings, sure, taxonomy, stages.classifier, maker.shown_from, settings.top_k)
        else:
            typed = Descent(readings, taxonomy, stages.classifier, maker.lowest, at_level, settings.top_k)(sure)
        made = [(each, entity) for each in typed if (entity := maker.entity(each, wave, results))]
        wrong = set[int]()
        if settings.verify_below is not None and not spans_alone:
            candidates = [candidate for candidate, _ in made]
            wrong = refuted(readings, candidates, taxonomy, stages.classifier, at_level, settings.verify_below)
        for index, (candidate, entity) in enumerate(made):
            result = results[wave.places[candidate.place]]
            if index in wrong:
                result.unverified += 1
            else:
                result.entities.append(entity)

    read = texts if in_front is None else in_front(texts, ())
    for wave in read_in_waves(stages.extractor, read, asked, depth=settings.depth):
        take(wave)
        del wave  # and its states, before the next one is read
    return results


class _Maker:
    """Makes entities of candidates that are likely enough, and counts the others.

    lowest, shown_from: for each path of names the score from which entities are sure, and from which they are shown.
    """

    def __init__(self, taxonomy: Taxonomy, settings: CallSettings) -> None:
        self._labels, unsure_from = taxonomy.labels(), settings.unsure_from
        of_label = lowest_scores(settings.min_score, self._labels.values())
        self.lowest = {path: of_label[label] for path, label in self._labels.items()}
        self.shown_from = {
            path: lowest if unsure_from is None else min(unsure_from, lowest) for path, lowest in self.lowest.items()
        }

    def sure(self, wave: Wave, results: Sequence[Found]) -> Iterator[Candidate]:
        """The spans of a wave that are sure enough to be typed."""
        floor = min(self.shown_from.values())
        for place, spans in enumerate(wave.spans):
            for span in spans:
                candidate = Candidate(place, span, (), float(np.log(max(span.score, _LEAST))))
                if candidate.score >= floor:
                    yield candidate
                else:
                    results[wave.places[place]].unsure += 1

    def entity(self, candidate: Candidate, wave: Wave, results: Sequence[Found]) -> Entity | None:
        """The entity of a candidate that has been typed, if it is to be shown."""
        result, span, path = results[wave.places[candidate.place]], candidate.span, candidate.path
        if not path:
            result.rejected += 1
            return None
        if candidate.score < self.shown_from[path]:
            result.unsure += 1
            return None
        alternatives = tuple(
            (self._labels[other], shown_score(log_score)) for other, log_score in candidate.alternatives
        )
        unsure = candidate.score < self.lowest[path]
        return Entity(
            span.start, span.end, self._labels[path], candidate.score, alternatives=alternatives, unsure=unsure
        )
