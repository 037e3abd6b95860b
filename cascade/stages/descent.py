"""The way down a taxonomy: spans are typed level by level, each as deep as it is sure enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cascade.stages.asked_names import asked_names
from cascade.stages.classifier import Classifier
from cascade.stages.decisions import Floats
from cascade.stages.extractor import Readings, Span
from cascade.taxonomy.tree import EntityType, Taxonomy

_SCORE_DIGITS = 4

Path = tuple[str, ...]
AtLevel = Callable[[Readings, Path], Readings]


def shown_score(log_score: float) -> float:
    """A probability as it is shown, given its logarithm."""
    return round(min(1.0, float(np.exp(log_score))), _SCORE_DIGITS)


class Candidate(NamedTuple):
    """A span on its way down the taxonomy: the place of its text among those read, the span, the path of names so far
    and its log-probability; alternatives: the likeliest paths of the level that it came from, with their
    log-probabilities.
    """

    place: int
    span: Span
    path: Path
    log_score: float
    alternatives: tuple[tuple[Path, float], ...] = ()

    @property
    def score(self) -> float:
        """The probability as it is shown."""
        return shown_score(self.log_score)


@dataclass(frozen=True, slots=True)
class Descent:
    """Types the spans of some texts that were read by a taxonomy.

    lowest: the lowest score of each path of names.  at_level: what is read for the types just below a path of names,
    such as texts with other examples in front.  top_k: alternatives that each candidate comes back with.
    """

    readings: Readings
    taxonomy: Taxonomy
    classifier: Classifier
    lowest: Mapping[Path, float]
    at_level: AtLevel = lambda readings, path: readings
    top_k: int = 0

    def __call__(self, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
        """The candidates, not in order, with the deepest path that is at least as likely as its lowest score.

        `none of these` below a name leaves that name, as likely as both together; where that is too little, the name is
        as likely as it was, as its kind alone is unsure.  Rejected at the roots, a candidate comes back without a path;
        too little at the roots already, with a name and a score below its lowest, as there is nothing above.
        """
        return self._descend(candidates, self.taxonomy.roots)

    def _descend(self, candidates: Sequence[Candidate], nodes: tuple[EntityType, ...]) -> Iterator[Candidate]:
        """The candidates, which share a path, typed by the nodes below it and further down."""
        below: dict[int, list[Candidate]] = {}
        for candidate, judgement in self._judged(candidates, nodes):
            best = int(judgement.argmax())
            typed = candidate._replace(log_score=candidate.log_score + float(judgement[best]))
            if best < len(nodes):
                path = (*candidate.path, nodes[best].name)
                typed = typed._replace(path=path, alternatives=self._alternatives(candidate, judgement, nodes))
            if typed.path and typed.score < self.lowest[typed.path]:  # further down it would only be less
                yield candidate if candidate.path else typed
            elif best < len(nodes) and nodes[best].children:
                below.setdefault(best, []).append(typed)
            else:
                yield typed
        for index, chosen in sorted(below.items()):
            yield from self._descend(chosen, nodes[index].children)

    def _alternatives(
        self, candidate: Candidate, judgement: Floats, nodes: tuple[EntityType, ...]
    ) -> tuple[tuple[Path, float], ...]:
        """The likeliest paths of a level, the best first, of equals the first asked for."""
        order = np.argsort(-judgement[: len(nodes)], kind="stable")[: self.top_k]
        return tuple(
            ((*candidate.path, nodes[index].name), candidate.log_score + float(judgement[index])) for index in order
        )

    def _judged(
        self, candidates: Sequence[Candidate], nodes: tuple[EntityType, ...]
    ) -> Iterator[tuple[Candidate, Floats]]:
        """Each candidate with the log-probabilities of the nodes, then of `none of these`."""
        if not candidates:
            return
        by_place: list[list[Candidate]] = [[] for _ in self.readings.texts]
        for candidate in candidates:
            by_place[candidate.place].append(candidate)
        answers = self.classifier(
            self.at_level(self.readings, candidates[0].path),
            [[(candidate.span.start, candidate.span.end) for candidate in own] for own in by_place],
            asked_names(nodes),
        )
        for own, judgements in zip(by_place, answers, strict=True):
            yield from zip(own, judgements, strict=True)
