"""Fusion: one document of several that were read from one text, such as by other adapters or with other prompts.

Ways: `union` keeps what any reading found, of entities that overlap the longest (as CascadeNER unites its repeated
extractions, arXiv 2409.11022, section 3; EL4NER unites spans of several models, arXiv 2505.23038). `majority` keeps
what more than half of the readings found (as EL4NER votes on types). `mean` and `max` keep what is likely enough by the
mean of its scores, where a reading without it counts as 0, or by the highest.

Of entities that overlap, one is kept, or, with `nested`, all that do not cross a better one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cascade.document.only_documents import only_documents
from cascade.document.values import Document, Entity
from cascade.errors import DocumentError, shown

WAYS = ("union", "majority", "mean", "max")
LOWEST = 0.3  # of `mean` and `max`, as of one reading (cascade.pipeline.min_score)

Mention = tuple[int, int, str]


@dataclass(slots=True)
class _Votes:
    """What the readings say of one mention: the score of each that found it, None where it gave none."""

    scores: list[float | None] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many readings found it."""
        return len(self.scores)

    @property
    def certain(self) -> list[float]:
        """The scores; one that is not given, as in gold documents, counts as sure."""
        return [1.0 if score is None else score for score in self.scores]

    @property
    def mean(self) -> float | None:
        """The mean of the readings that found it; None where none of them gave a score."""
        return None if all(score is None for score in self.scores) else sum(self.certain) / self.count


@dataclass(frozen=True, slots=True)
class Fusion:
    """What readings find together; left_out: how many entities are not in it because they overlap a better one."""

    document: Document
    left_out: int


def fused(
    readings: Sequence[Document],
    by: str = "union",
    *,
    at_least: int | None = None,
    lowest: float | None = None,
    nested: bool = False,
) -> Document:
    """The document of `fusion`, which says what the options are."""
    return fusion(readings, by, at_least=at_least, lowest=lowest, nested=nested).document


def fusion(
    readings: Sequence[Document],
    by: str = "union",
    *,
    at_least: int | None = None,
    lowest: float | None = None,
    nested: bool = False,
) -> Fusion:
    """The first of the readings with the entities that all together find; unsure ones have no vote.

    at_least: readings that must agree in `majority` (more than half).  lowest: the lowest score in `mean` and `max`.
    nested: entities that lie in others, and further types of a span, are kept too; those that cross a better one are
    not. Otherwise no two entities of the result overlap.

    The score of an entity is that of the way; in `union` and `majority` the mean of the readings that found it.
    Ties: the longer first, then the one that more readings found, then the likelier, then the first in the text; in the
    other ways, more votes or the higher score come before length.

    Raises DocumentError for texts that differ, and for options that are unknown or do not belong to the way.
    """
    readings = tuple(only_documents(readings))
    check_way(by, len(readings), at_least=at_least, lowest=lowest)
    _check_texts(readings)
    votes = _votes(readings)
    if by == "union":
        kept = {mention: own.mean for mention, own in votes.items()}
    elif by == "majority":
        wanted = len(readings) // 2 + 1 if at_least is None else at_least
        kept = {mention: own.mean for mention, own in votes.items() if own.count >= wanted}
    else:
        scored = {mention: _score(own, by, len(readings)) for mention, own in votes.items()}
        least = LOWEST if lowest is None else lowest
        kept = {mention: score for mention, score in scored.items() if score >= least}

    def rank(mention: Mention) -> tuple[float, ...]:
        length, count, score = mention[1] - mention[0], votes[mention].count, kept[mention]
        score = 1.0 if score is None else score
        first = {"union": (length, count, score), "majority": (count, length, score)}.get(by, (score, length, count))
        return tuple(-each for each in first)

    ordered = sorted(kept, key=lambda mention: (*rank(mention), mention))
    taken = _compatible(ordered, _cross if nested else _overlap)
    return Fusion(readings[0].with_entities(_entities(taken, kept)), len(ordered) - len(taken))


def lowest_to_read(by: str, lowest: float | None = None) -> float | None:
    """The lowest score that readings need to have for `fused`; None for that of a reading by itself.

    What is unlikely in one reading may be likely enough by the mean.
    """
    return {"mean": 0.0, "max": LOWEST if lowest is None else lowest}.get(by)


def check_way(by: str, readings: int, *, at_least: int | None = None, lowest: float | None = None) -> None:
    """Raises DocumentError for options of `fused` that are unknown, do not belong to the way or to so many readings."""
    if not readings:
        raise DocumentError("no readings are given; expected one or more documents of one text")
    if by not in WAYS:
        raise DocumentError(f"the way to fuse is {shown(by)}; expected one of {', '.join(WAYS)}")
    if at_least is not None and by != "majority":
        raise DocumentError(f"at_least {at_least} is for majority, and the way is {by}; leave it out")
    if at_least is not None and not 1 <= at_least <= readings:
        raise DocumentError(
            f"{at_least} readings must agree; expected a number from 1 to {readings}, the number of readings"
        )
    if lowest is not None and by not in ("mean", "max"):
        raise DocumentError(f"the lowest score {lowest} is for mean and max, and the way is {by}; leave it out")


def _check_texts(readings: Sequence[Document]) -> None:
    first = readings[0]
    for other in readings[1:]:
        if other.text != first.text:
            raise DocumentError(
                f"document {first.id!r}: the texts of two readings differ: {shown(first.text)} and "
                f"{shown(other.text)}; expected readings of one text"
            )


def _votes(readings: Sequence[Document]) -> dict[Mention, _Votes]:
    """What the readings say of each mention; one that a reading holds twice has its highest score there."""
    votes: dict[Mention, _Votes] = {}
    for document in readings:
        best: dict[Mention, float | None] = {}
        for entity in document.entities:
            if not entity.unsure:
                mention, score = (*entity.span, entity.type), entity.score
                before = best.get(mention, score)
                best[mention] = None if before is None or score is None else max(before, score)
        for mention, score in best.items():
            votes.setdefault(mention, _Votes()).scores.append(score)
    return votes


def _score(votes: _Votes, by: str, readings: int) -> float:
    """The score of a mention in the ways that go by it."""
    return max(votes.certain) if by == "max" else sum(votes.certain) / readings


def _compatible(mentions: Sequence[Mention], clash: Callable[[Mention, Mention], bool]) -> list[Mention]:
    """The mentions, best first, without those that clash with an earlier one."""
    taken: list[Mention] = []
    for mention in mentions:
        if not any(clash(mention, other) for other in taken):
            taken.append(mention)
    return taken


def _overlap(one: Mention, other: Mention) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _cross(one: Mention, other: Mention) -> bool:
    """Whether they overlap and neither lies in the other."""
    first, second = min(one[:2], other[:2]), max(one[:2], other[:2])
    return first[0] < second[0] < first[1] < second[1]


def _entities(mentions: Sequence[Mention], scores: Mapping[Mention, float | None]) -> list[Entity]:
    return [
        Entity(start, end, name, None if (score := scores[start, end, name]) is None else round(score, 4))
        for start, end, name in mentions
    ]
