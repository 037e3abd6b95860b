"""The way down a taxonomy: spans are typed level by level, each as deep as it is sure enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Span
from cascade.taxonomy.tree import EntityType, Taxonomy

_SCORE_DIGITS = 4

Shown = list[tuple[int, ...]] | None


class Candidate(NamedTuple):
    """A span on its way down the taxonomy: the text's place, the span, the path of names so far and its
    log-probability.
    """

    place: int
    span: Span
    path: tuple[str, ...]
    log_score: float

    @property
    def score(self) -> float:
        """The probability as it is shown."""
        return round(min(1.0, float(np.exp(self.log_score))), _SCORE_DIGITS)


@dataclass(frozen=True, slots=True)
class Descent:
    """Types the spans of some texts by a taxonomy.

    adapters, temperatures: of each text, as the classifier takes them.  before: the tokens in front of texts, given
    their places and the path of names that the types asked for are below.
    """

    texts: Sequence[str]
    taxonomy: Taxonomy
    classifier: Classifier
    adapters: Sequence[int]
    temperatures: Sequence[float]
    before: Callable[[Sequence[int], tuple[str, ...]], Shown]
    min_score: float

    def __call__(self, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
        """The candidates, not in order, with the deepest path that is at least as likely as min_score, and its score.

        `none of these` below a name leaves that name, as likely as both together; where that is too little, the name is
        as likely as it was, as its kind alone is unsure.  Rejected at the roots, a candidate comes back without a path;
        too little at the roots already, with a name and a score below min_score, as there is nothing above.
        """
        return self._descend(candidates, self.taxonomy.roots)

    def _descend(self, candidates: Sequence[Candidate], nodes: tuple[EntityType, ...]) -> Iterator[Candidate]:
        """The candidates, which share a path, typed by the nodes below it and further down."""
        below: dict[int, list[Candidate]] = {}
        for candidate, best, log_probability in self._best(candidates, nodes):
            path = (*candidate.path, nodes[best].name) if best < len(nodes) else candidate.path
            typed = candidate._replace(path=path, log_score=candidate.log_score + log_probability)
            if typed.score < self.min_score:  # further down it would only be less
                yield candidate if candidate.path else typed
            elif best < len(nodes) and nodes[best].children:
                below.setdefault(best, []).append(typed)
            else:
                yield typed
        for index, chosen in sorted(below.items()):
            yield from self._descend(chosen, nodes[index].children)

    def _best(
        self, candidates: Sequence[Candidate], nodes: tuple[EntityType, ...]
    ) -> Iterator[tuple[Candidate, int, float]]:
        """Each candidate with the index of its likeliest node, one more than there are for `none of these`, and the
        log-probability of that.
        """
        if not candidates:
            return
        by_place: dict[int, list[Candidate]] = {}
        for candidate in candidates:
            by_place.setdefault(candidate.place, []).append(candidate)
        places = sorted(by_place)
        answers = self.classifier(
            [self.texts[place] for place in places],
            [[(candidate.span.start, candidate.span.end) for candidate in by_place[place]] for place in places],
            [node.name for node in nodes],
            adapters=[self.adapters[place] for place in places],
            temperatures=[self.temperatures[place] for place in places],
            before=self.before(places, candidates[0].path),
        )
        for place, judgements in zip(places, answers, strict=True):
            for candidate, judgement in zip(by_place[place], judgements, strict=True):
                best = int(judgement.argmax())
                yield candidate, best, float(judgement[best])
