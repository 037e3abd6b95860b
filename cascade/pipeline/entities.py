"""Both stages on some texts: the extractor's spans, typed by the classifier down a taxonomy, as entities."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from cascade.document import Entity
from cascade.pipeline.min_score import MinScore, lowest_scores
from cascade.stages.asked_names import asked_names
from cascade.stages.classifier import Classifier
from cascade.stages.descent import Candidate, Descent, Path, shown_score
from cascade.stages.extractor import Extractor, Readings
from cascade.stages.extractor_types import asked_of_extractor, is_any_type
from cascade.stages.waves import read_in_waves
from cascade.taxonomy.tree import Taxonomy
from cascade.text.encoded import EncodedText

InFront = Callable[[Sequence[EncodedText], Path], Sequence[EncodedText]]

_LEAST = 1e-12  # a probability of 0 has no logarithm


@dataclass(slots=True)
class Found:
    """The entities of a text, how many spans were `none of these`, and how many were left out as unsure."""

    entities: list[Entity] = field(default_factory=list)
    rejected: int = 0
    unsure: int = 0


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
    *,
    min_score: MinScore,
    unsure_from: float | None = None,
    top_k: int = 0,
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
    labels = taxonomy.labels()
    lowest = lowest_scores(min_score, labels.values())
    of_path = {path: lowest[label] for path, label in labels.items()}
    floor = min(lowest.values()) if unsure_from is None else min(unsure_from, *lowest.values())

    def at_level(readings: Readings, path: Path) -> Readings:
        if in_front is None or not path:
            return readings
        return readings.extractor.read(in_front(readings.texts, path), readings.types)

    for wave in read_in_waves(stages.extractor, texts if in_front is None else in_front(texts, ()), asked):
        candidates = [
            Candidate(place, span, (), float(np.log(max(span.score, _LEAST))))
            for place, spans in enumerate(wave.spans)
            for span in spans
        ]
        sure = [candidate for candidate in candidates if candidate.score >= floor]
        for candidate in candidates:
            results[wave.places[candidate.place]].unsure += candidate.score < floor
        descent = Descent(wave.readings, taxonomy, stages.classifier, of_path, at_level, top_k)
        for candidate in (
            [each._replace(path=(taxonomy.roots[0].name,)) for each in sure] if spans_alone else descent(sure)
        ):
            result, span = results[wave.places[candidate.place]], candidate.span
            if not candidate.path:
                result.rejected += 1
                continue
            label = labels[candidate.path]
            if (unsure := candidate.score < lowest[label]) and (unsure_from is None or candidate.score < unsure_from):
                result.unsure += 1
            else:
                alternatives = tuple(
                    (labels[path], shown_score(log_score)) for path, log_score in candidate.alternatives
                )
                result.entities.append(
                    Entity(span.start, span.end, label, candidate.score, alternatives=alternatives, unsure=unsure)
                )
    return results
