"""What kind of mistake each lost point is, and so which stage lost it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

from cascade.document import Document, Entity
from cascade.scoring.scores import Pair, mention

Confusion = Counter[tuple[str | None, str | None]]


class Kind(StrEnum):
    """Kinds of mistakes, in the order in which the stages make them.

    MISSED: a gold entity that is not predicted.  INVENTED: a predicted one that is not gold.  EDGES: an entity that is
    not predicted and one that is not gold overlap, and their spans differ.  TYPED: the span is on both sides and the
    type is not. What overlaps right entities alone is MISSED or INVENTED: those entities are accounted for.
    """

    MISSED = "not found"
    INVENTED = "not in gold"
    EDGES = "wrong edges"
    TYPED = "wrong type"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A gold entity that is not predicted, a predicted one that is not gold, or both where they belong together.

    document: the gold one.
    """

    document: Document
    kind: Kind
    gold: Entity | None = None
    predicted: Entity | None = None


@dataclass(frozen=True, slots=True)
class Mistakes:
    """All mistakes in the order of documents and kinds, and what gold types were predicted as.

    confusion: how often each (gold type, predicted type) met on equal spans; None stands for no entity with that span
    left on the other side. Its rows sum up to the gold entities of each type, its columns to the predicted ones.
    """

    all: tuple[Mistake, ...]
    confusion: Confusion

    def lost(self, kind: Kind) -> int:
        """The number of gold entities lost: false negatives."""
        return sum(mistake.gold is not None for mistake in self.all if mistake.kind is kind)

    def spurious(self, kind: Kind) -> int:
        """The number of predicted entities that are wrong: false positives."""
        return sum(mistake.predicted is not None for mistake in self.all if mistake.kind is kind)

    def worst(self, most: int) -> list[Mistake]:
        """At most `most` of them, of each kind in turn; of a kind the surest predictions first, then as in the file."""
        by_kind = [
            sorted((each for each in self.all if each.kind is kind), key=lambda each: -_sureness(each)) for kind in Kind
        ]
        return [each for round_ in zip_longest(*by_kind) for each in round_ if each is not None][:most]


def find_mistakes(pairs: Iterable[Pair], *, ignore_case_of_types: bool = False) -> Mistakes:
    """The mistakes of paired documents (`pair_documents`); an entity that is given twice counts once, as in scores."""
    found: list[Mistake] = []
    confusion: Confusion = Counter()
    for truth, answer in pairs:
        gold = {mention(each, ignore_case_of_types): each for each in truth.entities}
        predicted = {mention(each, ignore_case_of_types): each for each in (answer.entities if answer else ())}
        confusion.update((name, name) for *_, name in gold.keys() & predicted.keys())
        for mistake in _mistakes(truth, gold, predicted):
            found.append(mistake)
            names = [
                None if each is None else mention(each, ignore_case_of_types)[2]
                for each in (mistake.gold, mistake.predicted)
            ]
            if mistake.kind is Kind.TYPED:
                confusion[names[0], names[1]] += 1
            else:
                confusion.update((name, None) for name in names[:1] if name is not None)
                confusion.update((None, name) for name in names[1:] if name is not None)
    return Mistakes(tuple(found), confusion)


_Mentions = dict[tuple[int, int, str], Entity]


def _mistakes(document: Document, gold: _Mentions, predicted: _Mentions) -> Iterator[Mistake]:
    """The mistakes of one document; equal spans are paired first, then those that overlap, longest overlap first."""
    lost = _by_span(entity for key, entity in sorted(gold.items()) if key not in predicted)
    wrong = _by_span(entity for key, entity in sorted(predicted.items()) if key not in gold)
    gold_spans, predicted_spans = {key[:2] for key in gold}, {key[:2] for key in predicted}
    for span in sorted((lost.keys() | wrong.keys()) & gold_spans & predicted_spans):
        for one, other in zip_longest(lost.pop(span, ()), wrong.pop(span, ())):
            yield Mistake(document, Kind.TYPED, one, other)
    left = [entity for entities in lost.values() for entity in entities]
    right = [entity for entities in wrong.values() for entity in entities]
    overlaps = sorted(_overlaps(left, right), key=lambda each: (-each[0], each[1:]))
    paired_left: dict[int, int] = {}
    paired_right: set[int] = set()
    for _, i, j in overlaps:
        if i not in paired_left and j not in paired_right:
            paired_left[i] = j
            paired_right.add(j)
    touched_left, touched_right = {i for _, i, _ in overlaps}, {j for *_, j in overlaps}
    for i, entity in enumerate(left):
        partner = right[paired_left[i]] if i in paired_left else None
        yield Mistake(document, Kind.EDGES if i in touched_left else Kind.MISSED, entity, partner)
    for j, entity in enumerate(right):
        if j not in paired_right:
            yield Mistake(document, Kind.EDGES if j in touched_right else Kind.INVENTED, predicted=entity)


def _by_span(entities: Iterable[Entity]) -> dict[tuple[int, int], list[Entity]]:
    grouped: dict[tuple[int, int], list[Entity]] = {}
    for entity in entities:
        grouped.setdefault(entity.span, []).append(entity)
    return grouped


def _overlaps(left: Sequence[Entity], right: Sequence[Entity]) -> Iterator[tuple[int, int, int]]:
    """The pairs that share characters: how many, and the places of both.  Both sides are sorted by start."""
    active: list[int] = []
    coming = 0
    for i, one in enumerate(left):
        while coming < len(right) and right[coming].start < one.end:
            active.append(coming)
            coming += 1
        active = [j for j in active if right[j].end > one.start]
        for j in active:
            if right[j].start < one.end:
                yield min(one.end, right[j].end) - max(one.start, right[j].start), i, j


def _sureness(mistake: Mistake) -> float:
    return 0.0 if mistake.predicted is None or mistake.predicted.score is None else mistake.predicted.score
